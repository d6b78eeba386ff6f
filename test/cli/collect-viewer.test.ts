import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { CLI, killAll, REGISTER, startNode } from '../process/start.js';

const root = mkdtempSync(join(tmpdir(), 'viewer-'));
afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function collect(...options: string[]) {
  const directory = mkdtempSync(join(root, 'run-'));
  const program = startNode([CLI, 'collect', '--port', '0', '--dir', directory, ...options]);
  const printed = await program.untilStdout(/open \S+ in a browser/);
  const [, url = ''] = /listening on (\S+),/.exec(printed) ?? [];
  const [, page = ''] = /open (\S+) in a browser/.exec(printed) ?? [];
  return { program, url, page: new URL(page) };
}

/** By hand: fetch sets some of these headers itself. */
function ask(url: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; cookie: string; body: string }>((resolve, reject) => {
    const sent = request(url, { method, headers: { accept: 'text/html', ...headers } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      const [cookie = ''] = response.headers['set-cookie'] ?? [];
      response.on('end', () => resolve({ status: response.statusCode ?? 0, cookie: cookie.split(';')[0] ?? '', body }));
    });
    sent.on('error', reject).end();
  });
}

it('prints an address with a token, a new one for each start, and shows nothing without it', async () => {
  const [one, other] = [await collect(), await collect()];
  expect(one.page.searchParams.get('token')).toMatch(/^[0-9a-f]{48}$/);
  expect(one.page.searchParams.get('token')).not.toBe(other.page.searchParams.get('token'));
  expect((await ask(`${one.url}/reports`, {})).status).toBe(401);
  const { status, cookie } = await ask(one.page.href, {});
  expect(status).toBe(303);
  expect((await ask(`${one.url}/reports`, { cookie })).status).toBe(200);
  expect((await ask(`${other.url}/reports`, { cookie })).status).toBe(401);
});

it('shows the pages at --viewer, apart from the receiver', async () => {
  const { url, page } = await collect('--viewer', '127.0.0.1:0');
  expect(page.origin).not.toBe(url);
  const { cookie } = await ask(page.href, {});
  expect((await ask(`${page.origin}/reports`, { cookie })).status).toBe(200);
  expect((await ask(`${url}/reports`, { cookie })).status).toBe(404);
});

it('asks an armed process for a report if --allow-kill is given', async () => {
  const { program, url, page } = await collect('--allow-kill');
  const service = startNode(['--import', REGISTER, '-e', "setInterval(() => {}, 1000); console.log('up')"], {
    env: { OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: 'asked' },
  });
  await service.untilStdout(/up/);
  const { cookie } = await ask(page.href, {});
  await expect
    .poll(async () => (await ask(`${url}/processes`, { cookie })).body, { timeout: 90_000 })
    .toContain(`action="/processes/${service.pid}"`);
  const { body } = await ask(`${url}/processes/${service.pid}`, { cookie, origin: url }, 'POST');
  expect(body).toMatch(new RegExp(`${service.pid} asked: SIGUSR\\d`));
  await program.untilStdout(/asked@\S+ {2}pid \d+ .* report [0-9a-f]{32}/);
  const refused = await ask(`${url}/processes/1`, { cookie, origin: url }, 'POST');
  expect(refused.body).toMatch(/1: not signalled: /);
});

it.each([
  [['--viewer', 'localhost'], /--viewer: expected HOST:PORT/],
  [['--viewer', '127.0.0.1:99999'], /--viewer: expected a port from 0 to 65535, got "99999"/],
  [['--viewer', '0.0.0.0:0', '--allow-kill'], /--allow-kill: expected a viewer on a loopback address/],
  [['--host', '0.0.0.0', '--allow-kill'], /--allow-kill: expected a viewer on a loopback address/],
  [['--files', '0'], /--files: expected 1 or more/],
])('refuses %j', async (options, message) => {
  const program = startNode([CLI, 'collect', '--port', '0', '--dir', mkdtempSync(join(root, 'run-')), ...options]);
  expect(await program.ended).toEqual({ code: 2, signal: null });
  expect(program.stderr()).toMatch(message);
});
