import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLI, killAll, type Program, startNode } from '../process/start.js';

/** With the real command: a collector in this process would share its event loop with the test. */
const root = mkdtempSync(join(tmpdir(), 'limits-'));
const TOKEN = 'a-token-of-this-test';
const agent = new Agent({ keepAlive: true });
let directory: string;
let collector: Program;
let port: number;

beforeEach(async () => {
  directory = mkdtempSync(join(root, 'run-'));
  collector = startNode([CLI, 'collect', '--port', '0', '--dir', directory], { env: { GMR_VIEWER_TOKEN: TOKEN } });
  port = Number(/:(\d+),/.exec(await collector.untilStdout(/listening on \S+:\d+,/))?.[1]);
});
afterEach(killAll);
afterAll(() => {
  agent.destroy();
  rmSync(root, { recursive: true, force: true });
});

function send(method: string, path: string, body?: string) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const headers = body === undefined ? { authorization: `Bearer ${TOKEN}` } : { 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    sent.on('error', reject).end(body);
  });
}

const many = (item: string, count: number) => `${`${item},`.repeat(count - 1)}${item}`;
const logs = (records: string) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`;
const attribute = (key: string, value: object) => JSON.stringify({ key, value });
const ours = (id: string, more = '') =>
  `{"attributes":[${attribute('gmr.report.id', { stringValue: id })},${attribute('gmr.section.index', { intValue: 0 })},` +
  `${attribute('gmr.section.count', { intValue: 1 })}${more}]}`;
const ID = 'a'.repeat(32);

describe('a request of hundreds of thousands of parts', () => {
  it('does not delay other requests: /healthz is answered many times before it', async () => {
    await send('GET', '/healthz');
    const ids = Array.from({ length: 50_000 }, (_, n) => ours(n.toString(16).padStart(32, '0')));
    let answered = false;
    const large = send('POST', '/v1/logs', logs(ids.join())).finally(() => {
      answered = true;
    });
    let told = 0;
    while (!answered) {
      await send('GET', '/healthz');
      told += 1;
    }
    expect((await large).status).toBe(200);
    expect(told).toBeGreaterThan(10);
    expect(JSON.parse((await send('GET', '/healthz')).text)).toMatchObject({ reports: 50_000, logRecords: 50_000 });
  });

  it.each([
    ['records', logs(many('{}', 600_000)), 413, /more than 1000000 values: send fewer at once/],
    ['scopes', `{"resourceLogs":[{"scopeLogs":[${many('{}', 600_000)}]}]}`, 413, /more than 1000000 values/],
    ['resources', `{"resourceLogs":[${many('{}', 600_000)}]}`, 413, /more than 1000000 values/],
    ['field names', logs(`{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":0`)}}`), 400, /10000 field names/],
  ])('is refused if it has too many %s', async (_, body, status, message) => {
    const answer = await send('POST', '/v1/logs', body);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(message);
  });

  it('is read up to the bounds of a report, if it is one record', async () => {
    const more = `,${many(attribute('x', { intValue: 1 }), 100_000)},${attribute('gmr.section.name', { stringValue: 'late' })}`;
    expect((await send('POST', '/v1/logs', logs(ours(ID, more)))).status).toBe(200);
    await collector.untilStdout(new RegExp(`report ${ID}`));
    expect((await send('GET', `/reports/${ID}.txt`)).status).toBe(200);
  });
});

describe('a directory with entries that are no regular files', () => {
  it('blocks neither the viewer nor a sender', async () => {
    execFileSync('mkfifo', [join(directory, 'logs.jsonl'), join(directory, 'logs-1.jsonl')]);
    mkdirSync(join(directory, 'logs-2.jsonl'));
    writeFileSync(join(directory, 'logs-4.jsonl'), `${logs(ours(ID))}\n`);
    const socket = createServer().listen(join(directory, 'logs-3.jsonl'));
    expect((await send('GET', `/reports/${ID}`)).status).toBe(200);
    expect((await send('POST', '/v1/logs', logs('{}'))).status).toBe(503);
    await collector.untilStderr(/requests cannot be stored: \S+logs\.jsonl is not a regular file$/m);
    const list = startNode([CLI, 'ls', '--dir', directory]);
    expect(await list.ended).toEqual({ code: 0, signal: null });
    expect(list.stdout()).toMatch(new RegExp(`^${ID.slice(0, 8)} `, 'm'));
    socket.close();
  });
});
