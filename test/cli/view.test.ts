import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeRequest } from '../collector/stored.js';
import { CLI, idsIn, killAll, type Program, startNode, startText, WHEN_READY } from '../process/start.js';

const root = mkdtempSync(join(tmpdir(), 'view-'));
const [logs, texts, store, temporary] = ['logs', 'texts', 'store', 'tmp'].map((name) => join(root, name)) as [
  string,
  string,
  string,
  string,
];
const dumped = join(root, 'dumped.json');
const STORED = 'ab'.repeat(16);
let dumpedId: string;

/** Reports as their processes leave them: in a directory as JSON and as text, and out of gmr dump. */
beforeAll(async () => {
  for (const one of [logs, texts, store, temporary]) mkdirSync(one);
  const text = `${WHEN_READY} globalThis.never = new Promise(() => {}); async function waitsForever() { await never; } waitsForever();
    setInterval(() => {}, 1000); console.log('up');`;
  const run = (env: Record<string, string>) =>
    startText(text, { env: { OTEL_SERVICE_NAME: 'viewed', GMR_DEADLINE_MS: '60000', ...env } });
  const [asJson, asText] = [run({ GMR_LOG_DIR: logs, GMR_FORMAT: 'json' }), run({ GMR_LOG_DIR: texts })];
  for (const app of [asJson, asText]) {
    await app.untilStdout(/up/);
    app.kill();
    await app.untilStderr(/written to /);
  }
  // One that is asked twice, as it is slow, would print a report of its own beside the one that is dumped.
  const asked = run({});
  await asked.untilStdout(/up/);
  const dump = startNode([CLI, 'dump', '--json', String(asked.pid)]);
  await dump.ended;
  dumpedId = JSON.parse(dump.stdout().split('\n')[0] ?? '')['gmr.report.id'];
  // As a pod's log has them: between lines of the program's own.
  writeFileSync(dumped, `up\n${dump.stdout()}{"level":30,"msg":"of the program"}\n`);
  writeFileSync(join(store, 'logs.jsonl'), `${JSON.stringify(makeRequest(STORED, { service: 'stored' }))}\n`);
  killAll();
});
afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function view(args: readonly string[], env: Record<string, string> = {}): Program {
  return startNode([CLI, 'view', ...args], { env: { TMPDIR: temporary, ...env } });
}

/** The program, and a reader that has opened the address that it prints. */
async function open(args: readonly string[], env?: Record<string, string>) {
  const program = view(args, env);
  const [, printed = ''] = /open (\S+) in a browser/.exec(await program.untilStdout(/open \S+ in a browser/)) ?? [];
  const page = new URL(printed);
  const first = await fetch(page, { redirect: 'manual', headers: { accept: 'text/html' } });
  const [cookie = ''] = (first.headers.get('set-cookie') ?? '').split(';');
  const read = async (path: string) => {
    const answer = await fetch(`${page.origin}${path}`, { headers: { accept: 'text/html', cookie } });
    return { status: answer.status, text: await answer.text() };
  };
  return { program, page, read, location: first.headers.get('location') };
}

it('shows a store, takes nothing, and leaves it as it was', async () => {
  const { program, page, read } = await open([store]);
  expect(page.hostname).toBe('127.0.0.1');
  expect((await read('/reports')).text).toContain(STORED);
  expect((await fetch(`${page.origin}/reports`)).status).toBe(401);
  const sent = await fetch(`${page.origin}/v1/logs`, { method: 'POST', body: '{}' });
  expect(sent.status).toBe(405);
  program.kill('SIGINT');
  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect(readdirSync(store)).toEqual(['logs.jsonl']);
  await expect(connect(Number(page.port))).rejects.toThrow('ECONNREFUSED');
});

it('opens the report whose id begins with the given digits', async () => {
  const { location, read } = await open([store, STORED.slice(0, 6)]);
  expect(location).toBe(`/reports/${STORED}`);
  expect((await read(location ?? '')).text).toContain('stored');
});

it('shows the reports of GMR_LOG_DIR that were printed as JSON, in full, and removes its copy', async () => {
  const { program, read } = await open([logs]);
  const id = /\/reports\/([0-9a-f]{32})/.exec((await read('/reports')).text)?.[1] ?? '';
  expect(readFileSync(join(logs, readdirSync(logs)[0] ?? ''), 'utf8')).toContain(id);
  const { text } = await read(`/reports/${id}`);
  expect(text).toContain('id="green_threads"');
  expect(text).toContain('waitsForever');
  expect(text).not.toContain('Some of its records are missing');
  const printed = await read(`/reports/${id}.txt`);
  expect(idsIn(printed.text)).toEqual([id]);
  expect(printed.text).toMatch(/^====\s+Configuration\s+====$/m);
  expect(readdirSync(temporary).filter((name) => name.startsWith('gmr-view-'))).toHaveLength(1);
  program.kill('SIGTERM');
  await program.ended;
  expect(readdirSync(temporary).filter((name) => name.startsWith('gmr-view-'))).toEqual([]);
});

it('shows the output of gmr dump --json together with others, and leaves out reports that were printed as text', async () => {
  const { program, read } = await open([dumped, logs, texts]);
  const { text } = await read('/reports');
  expect(text).toContain(dumpedId);
  expect(text).toContain('2 reports');
  expect(program.stderr()).toMatch(
    /^gmr view: left out: 1 file has no report as data, such as .* with GMR_FORMAT=json$/m,
  );
});

it('gmr show --from takes the output of gmr dump --json', async () => {
  const shown = startNode([CLI, 'show', '--from', dumped]);
  await shown.ended;
  expect(idsIn(shown.stdout())).toEqual([dumpedId]);
  expect(shown.stdout()).toContain('waitsForever');
  expect(shown.stderr()).toBe('');
});

it('opens a browser only with --open, with a one-time token', async () => {
  const [bin, asked] = [join(root, 'bin'), join(root, 'asked')];
  mkdirSync(bin);
  for (const name of ['xdg-open', 'open']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "$1" > ${asked}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env = { PATH: `${bin}:${process.env.PATH}` };
  await open([store], env);
  expect(existsSync(asked)).toBe(false);
  const { page } = await open([store, '--open'], env);
  await expect.poll(() => (existsSync(asked) ? readFileSync(asked, 'utf8') : ''), { timeout: 90_000 }).toMatch(/\n$/);
  const url = new URL(readFileSync(asked, 'utf8').trim());
  expect(url.origin).toBe(page.origin);
  expect(url.searchParams.get('token')).not.toBe(page.searchParams.get('token'));
  const statuses = [];
  for (let n = 0; n < 2; n += 1)
    statuses.push((await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })).status);
  expect(statuses).toEqual([303, 401]);
});

it.each([
  ['a missing file', () => ['/no/such'], 1, /^gmr: there is no \/no\/such$/m],
  ['text alone', () => [texts], 1, /^gmr: no report as data in .* 1 file has no report as data/m],
  ['a file of text', () => [join(texts, readdirSync(texts)[0] ?? '')], 1, /expected JSON, or a JSON object a line$/m],
  ['a store and more', () => [store, logs], 2, /is a store: expected nothing else with it$/m],
  ['two ids', () => ['abcd', 'abce'], 2, /^gmr: expected one report id, got abcd abce$/m],
  ['an id of nothing', () => [store, 'ffff'], 1, /^gmr: no report ffff there$/m],
  ['no collector yet', () => [], 1, /^gmr: there is no .*: has a collector run\?/m],
])('refuses %s', async (_, makeArguments, code, message) => {
  const own = mkdtempSync(join(temporary, 'own-'));
  const program = view(makeArguments(), { TMPDIR: own });
  expect(await program.ended).toEqual({ code, signal: null });
  expect(program.stderr()).toMatch(message);
  expect(readdirSync(own)).toEqual([]);
});

function connect(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(void socket.destroy()));
    socket.on('error', reject);
  });
}
