import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';
import { loadTrace, openTraces } from '../../src/collector/traces.js';
import { makeRequest } from './stored.js';

const root = mkdtempSync(join(tmpdir(), 'traces-'));
const TRACE = 'e'.repeat(32);
const REPORT = 'a'.repeat(32);
const START_MS = Date.parse('2026-11-26T12:00:00Z');
let directory: string;
let collector: Collector;

beforeEach(async () => {
  directory = mkdtempSync(join(root, 'run-'));
  collector = await start();
});
afterEach(() => collector.close());
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function start(): Promise<Collector> {
  const store = await openStore(directory);
  return startCollector({ host: '127.0.0.1', port: 0, store, onReport: () => {}, onTrouble: () => {} });
}

interface Span {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly atMs: number;
  readonly ms: number;
  readonly service: string;
  readonly traceId?: string;
}

function post(body: object, signal: string): Promise<Response> {
  return fetch(`${collector.url}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function send({ atMs, ms, service, traceId = TRACE, ...span }: Span): Promise<void> {
  const nanos = (timeMs: number) => `${START_MS + timeMs}000000`;
  const attributes = [{ key: 'gmr.report.id', value: { arrayValue: { values: [{ stringValue: REPORT }] } } }];
  const one = { ...span, traceId, startTimeUnixNano: nanos(atMs), endTimeUnixNano: nanos(atMs + ms), attributes };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const answer = await post({ resourceSpans: [{ resource, scopeSpans: [{ spans: [one] }] }] }, 'traces');
  expect(answer.status).toBe(200);
}

const get = async (path: string) =>
  (await fetch(`${collector.url}${path}`, { headers: { accept: 'text/html' } })).text();

it('puts the spans of several services and requests together: parents before their children, with the reports', async () => {
  await post(makeRequest(REPORT), 'logs');
  await send({
    spanId: '3'.repeat(16),
    parentSpanId: '2'.repeat(16),
    name: 'apply voucher',
    atMs: 20,
    ms: 50,
    service: 'checkout',
  });
  await send({
    spanId: '2'.repeat(16),
    parentSpanId: '1'.repeat(16),
    name: 'POST /checkout',
    atMs: 10,
    ms: 80,
    service: 'checkout',
  });
  await send({ spanId: '1'.repeat(16), name: 'buy', atMs: 0, ms: 100, service: 'client' });
  // A second time, as an exporter that had no answer sends it.
  await send({ spanId: '1'.repeat(16), name: 'buy', atMs: 0, ms: 100, service: 'client' });
  await send({
    spanId: '4'.repeat(16),
    name: 'guru meditation report',
    atMs: 0,
    ms: 1,
    service: 'shop',
    traceId: REPORT,
  });
  const list = await get('/traces');
  expect(list).toContain('1 trace of applications');
  expect(list).toMatch(
    new RegExp(`href="/traces/${TRACE}">buy</a>.*checkout, client.*100 ms.*href="/reports/${REPORT}"`),
  );
  expect(await get('/traces?own=1')).toContain('1 trace of reports');
  const page = await get(`/traces/${TRACE}`);
  expect(
    [...page.matchAll(/class="depth(\d)"[^>]*>.*?<summary>(.*?)<\/summary>/g)].map(([, depth, name]) => [depth, name]),
  ).toEqual([
    ['0', 'buy'],
    ['1', 'POST /checkout'],
    ['2', 'apply voucher'],
  ]);
  expect(page).toContain('Reports made during it');
  expect(page).toContain(`<a href="/reports/${REPORT}">`);
  expect((await fetch(`${collector.url}/traces/${'f'.repeat(32)}`)).status).toBe(404);
});

it('has an index as reports have', async () => {
  await send({ spanId: '1'.repeat(16), name: 'buy', atMs: 0, ms: 100, service: 'client' });
  await send({ spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16), name: 'pay', atMs: 5, ms: 10, service: 'till' });
  await get('/traces');
  await collector.close();
  expect(readdirSync(directory).sort()).toEqual(['traces.index', 'traces.jsonl']);
  const traces = openTraces(directory);
  await traces.refresh();
  expect(traces.list()).toMatchObject([
    { id: TRACE, name: 'buy', spans: 2, services: ['client', 'till'], reports: [REPORT] },
  ]);
  expect((await loadTrace(traces, TRACE, 1)).map(({ name }) => name)).toEqual(['buy']);
  collector = await start();
  expect(await get('/traces')).toContain('1 trace of applications');
});

it('counts a span once whose batch was sent twice, also after a restart without the index', async () => {
  const buy = { spanId: '1'.repeat(16), name: 'buy', atMs: 0, ms: 100, service: 'client' };
  const pay = { spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16), name: 'pay', atMs: 5, ms: 10, service: 'till' };
  for (const span of [buy, pay, buy, pay, buy]) await send(span);
  const row = /buy<\/a>.*?data-label="spans">(\d+)</;
  expect(row.exec(await get('/traces'))?.[1]).toBe('2');
  await collector.close();
  for (const isIndexed of [true, false]) {
    if (!isIndexed) rmSync(join(directory, 'traces.index'));
    const traces = openTraces(directory);
    await traces.refresh();
    expect(traces.list()).toMatchObject([{ name: 'buy', spans: 2, errors: 0 }]);
  }
  collector = await start();
  await send(pay);
  expect(row.exec(await get('/traces'))?.[1]).toBe('2');
});

it('ends if spans are each other’s parents', async () => {
  await send({ spanId: '1'.repeat(16), parentSpanId: '2'.repeat(16), name: 'one', atMs: 0, ms: 1, service: 's' });
  await send({ spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16), name: 'other', atMs: 0, ms: 1, service: 's' });
  await send({ spanId: '3'.repeat(16), parentSpanId: '3'.repeat(16), name: 'own', atMs: 0, ms: 1, service: 's' });
  const page = await get(`/traces/${TRACE}`);
  for (const name of ['one', 'other', 'own']) expect(page).toContain(`<summary>${name}</summary>`);
});
