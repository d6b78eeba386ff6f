import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { hasOpenssl, makeCertificate } from '../faults/certificate.js';
import { CLI, killAll, startNode, startText, WHEN_READY } from '../process/start.js';

const root = mkdtempSync(join(tmpdir(), 'collect-tls-'));
afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function makeFiles() {
  const { path: cert } = makeCertificate(root, ['collector.example']);
  return { cert, key: join(dirname(cert), 'key.pem') };
}

function start(...options: string[]) {
  const directory = mkdtempSync(join(root, 'run-'));
  return startNode([CLI, 'collect', '--port', '0', '--dir', directory, ...options]);
}

async function collect({ cert, key }: { cert: string; key: string }, ...options: string[]) {
  const program = start('--tls-cert', cert, '--tls-key', key, ...options);
  const printed = await program.untilStdout(/open \S+ in a browser/);
  const [, url = ''] = /listening on (\S+),/.exec(printed) ?? [];
  const [, page = ''] = /open (\S+) in a browser/.exec(printed) ?? [];
  return { program, url, page: new URL(page) };
}

function ask(url: URL | string, options: RequestOptions) {
  return new Promise<{ status: number; cookie: string; body: string }>((resolve, reject) => {
    const headers = { accept: 'text/html', ...options.headers };
    const sent = request(url, { ...options, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      const [cookie = ''] = response.headers['set-cookie'] ?? [];
      response.on('end', () => resolve({ status: response.statusCode ?? 0, cookie, body }));
    });
    sent.on('error', reject).end();
  });
}

/** The certificate that a new connection is shown. */
function readServed(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe.skipIf(!hasOpenssl)('--tls-cert and --tls-key', () => {
  it.each([[[]], [['--viewer', '127.0.0.1:0']]])('take reports and show pages over TLS, with %j', async (options) => {
    const files = makeFiles();
    const { program, url, page } = await collect(files, ...options);
    expect([url, page.origin].every((one) => one.startsWith('https://127.0.0.1:'))).toBe(true);
    const app = startText(`${WHEN_READY} setInterval(() => {}, 1000); console.log('up');`, {
      env: {
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_OTLP_CERTIFICATE: files.cert,
        OTEL_SERVICE_NAME: 'encrypted',
      },
    });
    await app.untilStdout(/up/);
    app.kill();
    const [, id = ''] =
      /report ([0-9a-f]{32})/.exec(await program.untilStdout(/encrypted@.* report [0-9a-f]{32}/)) ?? [];
    const ca = readFileSync(files.cert);
    const { status, cookie } = await ask(page, { ca });
    expect(status).toBe(303);
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
    const [pair = ''] = cookie.split(';');
    const shown = await ask(`${page.origin}/reports/${id}`, { ca, headers: { cookie: pair } });
    expect(shown.body).toContain('encrypted');
    const askAs = (host: string) =>
      ask(`${page.origin}/reports`, { rejectUnauthorized: false, headers: { cookie: pair, host } });
    expect((await askAs(`collector.example:${page.port}`)).status).toBe(200);
    expect((await askAs(`other.example:${page.port}`)).status).toBe(403);
  });

  it('gives orders to its own page alone', async () => {
    const files = makeFiles();
    const { page } = await collect(files, '--allow-kill');
    const ca = readFileSync(files.cert);
    const [cookie = ''] = (await ask(page, { ca })).cookie.split(';');
    const order = (origin: string) =>
      ask(`${page.origin}/processes/1`, { ca, method: 'POST', headers: { cookie, origin } });
    expect((await order(page.origin)).body).toMatch(/1: not signalled: /);
    expect((await order(page.origin.replace('https', 'http'))).status).toBe(403);
  });

  it('take a renewed pair, and keep the one before if the new one cannot be used', async () => {
    const [files, next] = [makeFiles(), makeFiles()];
    const { program, url } = await collect(files);
    const before = await readServed(url);
    copyFileSync(next.cert, files.cert);
    await program.untilStderr(/is not the key of --tls-cert .*: the certificate before it stays in use/);
    expect(await readServed(url)).toBe(before);
    copyFileSync(next.key, files.key);
    await expect.poll(() => readServed(url), { timeout: 90_000 }).not.toBe(before);
  });

  it.each([
    ['one of two', () => ['--tls-cert', makeFiles().cert], 2, /--tls-cert: expected both --tls-cert and --tls-key/],
    ['a missing file', () => toOptions('/no/such.pem', makeFiles().key), 1, /--tls-cert \/no\/such.pem cannot be read/],
    [
      'a directory',
      () => toOptions(makeFiles().cert, root),
      1,
      /--tls-key \S+ cannot be read: it is not a regular file/,
    ],
    ['a key as certificate', () => toOptions(makeFiles().key, makeFiles().key), 1, /expected a certificate in PEM/],
    ['a text as key', () => toOptions(makeFiles().cert, writeText()), 1, /expected a private key in PEM/],
    ['another key', () => toOptions(makeFiles().cert, makeFiles().key), 1, /is not the key of --tls-cert/],
  ])('refuse %s', async (_, makeOptions, code, message) => {
    const program = start(...makeOptions());
    expect(await program.ended).toEqual({ code, signal: null });
    expect(program.stderr()).toMatch(message);
    expect(program.stderr().trim().split('\n')).toHaveLength(1);
  });
});

function toOptions(cert: string, key: string): string[] {
  return ['--tls-cert', cert, '--tls-key', key];
}

function writeText(): string {
  const path = join(root, 'text.pem');
  writeFileSync(path, 'no key\n');
  return path;
}
