import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeReport } from '../../src/collector/describe.js';

import type { StoredReport } from '../../src/collector/reports.js';
import { type Collector, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';
import { listReports, readReport } from './stored.js';

const root = mkdtempSync(join(tmpdir(), 'store-'));
const ID = 'a'.repeat(32);
let runs = 0;
let directory: string;
let collector: Collector;
let reports: StoredReport[];
let troubles: string[];

beforeEach(async () => {
  runs += 1;
  directory = join(root, String(runs));
  reports = [];
  troubles = [];
  collector = await startCollector({
    host: '127.0.0.1',
    port: 0,
    store: await openStore(directory),
    onReport: (report) => void reports.push(report),
    onTrouble: (sentence) => void troubles.push(sentence),
  });
});
afterEach(() => collector.close());
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** One section's record. */
function record(index: number, count: number, more: Record<string, string | number> = {}, body = `text ${index}\n`) {
  const about = {
    'gmr.report.id': ID,
    'gmr.section.index': index,
    'gmr.section.count': count,
    'gmr.section.name': index === 0 ? 'report' : 'custom.x',
    ...more,
  };
  const data = { kvlistValue: { values: [{ key: 'service', value: { stringValue: 'shop\u001b[2J' } }] } };
  return {
    attributes: Object.entries(about).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
    })),
    body: {
      kvlistValue: {
        values: [
          { key: 'text', value: { stringValue: body } },
          { key: 'data', value: data },
        ],
      },
    },
  };
}

function wrap(...logRecords: object[]) {
  return { resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords }] }] };
}

function post(body: string | Buffer, headers: Record<string, string> = {}, path = '/v1/logs') {
  return fetch(`${collector.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

describe('the collector', () => {
  it('takes logs and traces, plain and compressed, and stores each request as a line that only its user can read', async () => {
    const body = JSON.stringify(wrap(record(0, 1)));
    expect(await (await post(body)).json()).toEqual({});
    expect((await post(gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await post('{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}', {}, '/v1/traces')).status).toBe(200);
    expect(readFileSync(join(directory, 'logs.jsonl'), 'utf8')).toBe(`${body}\n${body}\n`);
    expect(statSync(join(directory, 'logs.jsonl')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('announces a report once, when its last part has come, even if records come twice', async () => {
    await post(JSON.stringify(wrap(record(0, 2), record(0, 2))));
    await post(JSON.stringify(wrap(record(1, 2, { 'gmr.section.part': 2, 'gmr.section.parts': 2 }, 'b\n'))));
    expect(reports).toHaveLength(0);
    await post(JSON.stringify(wrap(record(1, 2, { 'gmr.section.part': 1, 'gmr.section.parts': 2 }, 'a\n'))));
    await post(JSON.stringify(wrap(record(1, 2, { 'gmr.section.part': 1, 'gmr.section.parts': 2 }, 'a\n'))));
    expect(reports.map(({ records }) => records)).toEqual([3]);
    const [stored] = await listReports(directory);
    expect(stored?.records).toBe(3);
  });

  it('stores requests to the letter: a 64-bit number is not rounded, a line break makes no second line', async () => {
    const body =
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":1795520345123456789,\r\n"body":null}]}]}]}';
    expect((await post(body)).status).toBe(200);
    expect(readFileSync(join(directory, 'logs.jsonl'), 'utf8')).toBe(`${body.replace('\r\n', ' ')}\n`);
  });

  it('starts a new line after one that a full disk has cut, and counts what it took', async () => {
    await post(JSON.stringify(wrap(record(0, 1))));
    // The sender does not wait for the index, which is to have the whole line.
    await expect.poll(() => existsSync(join(directory, 'logs.index')), { timeout: 90_000 }).toBe(true);
    writeFileSync(join(directory, 'logs.jsonl'), '{"resourceLogs":[{"sco');
    await post(JSON.stringify(wrap(record(0, 1))));
    expect((await listReports(directory)).map(({ id }) => id)).toEqual([ID]);
    expect((await readReport(directory, ID))?.sections.get(0)?.bodies.size).toBe(1);
    expect(await (await fetch(`${collector.url}/healthz`)).json()).toMatchObject({ reports: 1, logRecords: 2 });
  });

  it('escapes the control characters of a report', async () => {
    await post(JSON.stringify(wrap(record(0, 1))));
    expect(describeReport(reports[0] as StoredReport)).toContain('shop\\x1b[2J');
  });

  it.each([
    ['a body that is not JSON', '{', {}, '/v1/logs', 400],
    ['JSON that is not OTLP', '{"resourceLogs":{}}', {}, '/v1/logs', 400],
    ['JSON that is nested too deeply', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, '/v1/logs', 400],
    ['a record that is not an object', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[7]}]}]}', {}, '/v1/logs', 400],
    ['a list', '[]', {}, '/v1/logs', 400],
    ['broken protobuf', 'x', { 'content-type': 'application/x-protobuf' }, '/v1/logs', 400],
    ['another media type', 'x', { 'content-type': 'text/plain' }, '/v1/logs', 415],
    ['an unknown compression', '{}', { 'content-encoding': 'br' }, '/v1/logs', 415],
    ['broken gzip', 'x', { 'content-encoding': 'gzip' }, '/v1/logs', 400],
    ['an unknown path', '{}', {}, '/v1/metrics', 404],
    ['a request of a web page', '{}', { origin: 'http://evil.example' }, '/v1/logs', 403],
  ])('refuses %s with a status that says why', async (_, body, headers, path, status) => {
    const answer = await post(body, headers as Record<string, string>, path);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
  });

  it('refuses another method, and a host name that is not its own', async () => {
    expect((await fetch(`${collector.url}/v1/logs`)).status).toBe(405);
    const { port } = new URL(collector.url);
    const status = await new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, method: 'POST', path: '/v1/logs', headers: { host: 'evil.example' } };
      request(options, (response) => resolve(response.resume().statusCode)).end('{}');
    });
    expect(status).toBe(403);
  });

  it('refuses a body that is too large, before or after it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    expect((await post(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    const { port } = new URL(collector.url);
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': String(21 * 1024 * 1024) };
      const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/logs', headers });
      sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      sent.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it('takes no request whose line it could not read again', async () => {
    const [head = '', tail = ''] = JSON.stringify(wrap(record(0, 1, {}, 'HERE'))).split('HERE');
    const make = (bytes: number) => Buffer.concat([Buffer.from(head), Buffer.alloc(bytes, 0xff), Buffer.from(tail)]);
    expect((await post(gzipSync(make(12 * 2 ** 20)), { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post(make(1000))).status).toBe(200);
    expect(await listReports(directory)).toHaveLength(1);
  });

  it('serves other requests while one is half sent', async () => {
    const { port } = new URL(collector.url);
    const slow = connect(Number(port), '127.0.0.1');
    await new Promise((open) => slow.once('connect', open));
    slow.write(
      'POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    expect((await post(JSON.stringify(wrap(record(0, 1))))).status).toBe(200);
    slow.destroy();
  });

  it('refuses a body that is small to send and large once it is parsed', async () => {
    const { heapUsed } = process.memoryUsage();
    const many = (unit: string) => `{"resourceLogs":[${unit.repeat(6_000_000)}{}]}`;
    for (const [bomb, status, says] of [
      [many('{},'), 413, 'more than 1000000 values'],
      ['['.repeat(10_000_000), 400, 'nests deeper than 400 levels'],
      [`{"a":"${'[\\"'.repeat(1_000_000)}"}`, 200, ''],
    ] as const) {
      const answer = await post(gzipSync(bomb), { 'content-encoding': 'gzip' });
      expect(answer.status).toBe(status);
      expect(await answer.text()).toContain(says);
    }
    expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(200 * 2 ** 20);
  });

  it.each([
    ['a time that is a list', '{"timeUnixNano":[[]],"attributes":[]}'],
    ['an id with a toString', '{"attributes":[{"key":"gmr.report.id","value":{"boolValue":{"toString":1}}}]}'],
    ['an index that is a tree', '{"attributes":[{"key":"gmr.section.index","value":{"intValue":{"valueOf":1}}}]}'],
  ])('takes a report beside %s', async (_, one) => {
    const about =
      '{"attributes":[{"key":"process.pid","value":{"kvlistValue":{"values":[{"key":"toString","value":{}}]}}}]}';
    const { attributes } = record(0, 1);
    const logRecords = `[${one},${JSON.stringify({ attributes })}]`;
    const body = `{"resourceLogs":[{"resource":${about},"scopeLogs":[{"logRecords":${logRecords}}]}]}`;
    expect((await post(body)).status).toBe(200);
    expect(troubles).toEqual([]);
    expect(reports.map(({ id }) => id)).toEqual([ID]);
  });

  it('remembers a bounded number of records', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => String(n).padStart(32, '0'));
    const all = (id: string) => Array.from({ length: 3000 }, (_, n) => record(n, 3001, { 'gmr.report.id': id }));
    for (const id of ids) expect((await post(JSON.stringify(wrap(...all(id))))).status).toBe(200);
    const last = (id: string) => post(JSON.stringify(wrap(record(3000, 3001, { 'gmr.report.id': id }))));
    await last(ids[0] ?? '');
    expect(reports).toEqual([]);
    await last(ids[11] ?? '');
    expect(reports.map(({ id }) => id)).toEqual([ids[11]]);
  });

  it('follows no link that lies in place of its file', async () => {
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'mine\n');
    symlinkSync(victim, join(directory, 'logs.jsonl'));
    expect((await post(JSON.stringify(wrap(record(0, 1))))).status).toBe(503);
    expect(readFileSync(victim, 'utf8')).toBe('mine\n');
    expect(troubles.join()).toMatch(/cannot be stored: ELOOP/);
  });

  it('answers 503 if it cannot store a request, so that the sender keeps it', async () => {
    rmSync(directory, { recursive: true });
    writeFileSync(directory, '');
    expect((await post(JSON.stringify(wrap(record(0, 1))))).status).toBe(503);
    expect(troubles.join()).toMatch(/^requests cannot be stored: /);
    rmSync(directory);
  });
});
