import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { describeReport } from '../../src/collector/describe.js';
import { isComplete, joinText, listSections, type StoredReport } from '../../src/collector/reports.js';
import { type Collector, startCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store.js';
import { Spool } from '../../src/export/spool/spool.js';
import type { Report } from '../../src/report.js';
import { renderText } from '../../src/views/text.js';
import { tellVerdict } from '../../src/views/verdict.js';
import { cleanUp, makeReport, makeSection, startDelivery } from '../export/helpers.js';
import { findFreePort } from '../ports.js';
import { listReports, readReport } from './stored.js';

const root = mkdtempSync(join(tmpdir(), 'marks-'));
let directory: string;
let collector: Collector;
let told: StoredReport[];

beforeEach(async () => {
  directory = mkdtempSync(join(root, 'run-'));
  told = [];
  collector = await startCollector({
    host: '127.0.0.1',
    port: 0,
    store: await openStore(directory),
    onReport: (report) => void told.push(report),
    onTrouble: () => {},
  });
});
afterEach(async () => {
  await cleanUp();
  await collector.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** With two sections, and three traces in flight. */
function makeTraced(): Report {
  const spans = ['a', 'b', 'c'].map((digit) => ({
    traceId: digit.repeat(32),
    spanId: digit.repeat(16),
    name: `GET /${digit}`,
    ageMs: 7,
    active: false,
  }));
  return makeReport([
    makeSection('package', { product: 'checkout' }),
    makeSection('in_flight', { spans, requests: [] }),
  ]);
}
const both = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_EXPORTER: 'otlp' });

test('a report with marks and a trace is one complete report, announced once and shown as it was printed', async () => {
  const report = makeTraced();
  const { sentence: outcome } = await startDelivery(both(collector.url)).send(report);
  // The line on stderr counts the records that were taken; the collector counts those of the report.
  expect(outcome).toMatch(/^\S+ took 6 log records; \S+ took 3 spans$/);
  expect(told.map(({ id, records, count }) => ({ id, records, count }))).toEqual([
    { id: report.id, records: 3, count: 3 },
  ]);
  const [line = ''] = told.map(describeReport);
  expect(line).toContain(`3 records  report ${report.id}`);
  expect(line).toContain(tellVerdict(report.header).replace(/^main /, ''));
  expect(collector.counts).toEqual({ reports: 1, logRecords: 6, spans: 3 });
  const listed = await listReports(directory);
  expect(listed.map((one) => [one.id, isComplete(one)])).toEqual([[report.id, true]]);
  const loaded = await readReport(directory, report.id);
  expect(loaded && listSections(loaded).map(joinText).join('')).toBe(renderText(report));
  expect(readFileSync(join(directory, 'traces.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1);
});

test('marks alone make no report', async () => {
  const report = makeTraced();
  await startDelivery(both(collector.url)).send(report);
  const [line = ''] = readFileSync(join(directory, 'logs.jsonl'), 'utf8').split('\n');
  const request = JSON.parse(line);
  const [{ scopeLogs }] = request.resourceLogs;
  scopeLogs[0].logRecords = scopeLogs[0].logRecords
    .filter(({ eventName }: { eventName: string }) => eventName === 'gmr.report.mark')
    .map((record: object) => JSON.parse(JSON.stringify(record).replaceAll(report.id, 'd'.repeat(32))));
  expect(scopeLogs[0].logRecords).toHaveLength(3);
  const answer = await fetch(`${collector.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  expect(answer.status).toBe(200);
  expect(told).toHaveLength(1);
  expect((await listReports(directory)).map(({ id }) => id)).toEqual([report.id]);
});

test('a spool’s directory lists a report once, with or without a file of spans', async () => {
  const spool = new Spool({
    directory: join(directory, 'spool'),
    maxBytes: 2 ** 26,
    maxAgeMs: Number.MAX_SAFE_INTEGER,
    tell: () => {},
  });
  const delivery = startDelivery(both(`http://127.0.0.1:${await findFreePort()}`), { spool });
  const report = makeTraced();
  await delivery.writeAhead(report);
  const [only, ...others] = await listReports(spool.directory);
  expect([only?.id, only?.records, only && isComplete(only), others]).toEqual([report.id, 3, true, []]);
});
