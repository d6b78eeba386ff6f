import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { Spool } from '../../src/export/spool/spool.js';
import {
  accept,
  type Collector,
  cleanUp,
  makeReport,
  refuse,
  startCollector,
  startDelivery,
  type Watched,
} from './helpers.js';

const root = mkdtempSync(join(tmpdir(), 'outbox-'));
afterEach(() => {
  vi.useRealTimers();
  return cleanUp();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const busy = (headers: Record<string, string> = {}) => refuse(503, headers);

/** A collector that answers one request after the other with these, and then takes each. */
async function startAnswering(
  answers: readonly ReturnType<typeof refuse>[],
): Promise<Collector & { timesMs: number[] }> {
  const timesMs: number[] = [];
  const collector = await startCollector((response, received, n) => {
    timesMs.push(performance.now());
    (answers[n - 1] ?? accept)(response, received, n);
  });
  return { ...collector, timesMs };
}

const start = (collector: Collector, settings: object, more: object = {}) =>
  startDelivery(
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    { settings: { firstPauseMs: 100, ...settings }, ...more },
  );

const ASKED_MS = 1000;

/** The time stands still, except in `deliver`: a slow machine changes nothing. */
const stopTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });

/** Lets the time pass, and requests arrive, until all reports are delivered. */
async function deliver(delivery: Watched): Promise<void> {
  while (delivery.undelivered() > 0) {
    vi.advanceTimersByTime(1);
    await new Promise(setImmediate);
  }
}

test('a Retry-After holds if a try was due earlier', async () => {
  stopTime();
  const collector = await startAnswering([busy(), busy({ 'retry-after': '1' })]);
  const delivery = start(collector, { firstPauseMs: 400 });
  await delivery.send(makeReport());
  await delivery.send(makeReport());
  await deliver(delivery);
  const [, second = 0, third = 0] = collector.timesMs;
  expect(collector.timesMs.length).toBe(4);
  expect(third - second).toBeGreaterThanOrEqual(ASKED_MS);
});

test('a Retry-After holds if another report is taken meanwhile', async () => {
  stopTime();
  const collector = await startAnswering([busy({ 'retry-after': '1' })]);
  const delivery = start(collector, {});
  await delivery.send(makeReport());
  expect((await delivery.send(makeReport())).sentence).toMatch(/ took 2 log records$/);
  await deliver(delivery);
  const [first = 0, , third = 0] = collector.timesMs;
  expect(third - first).toBeGreaterThanOrEqual(ASKED_MS);
});

test('a Retry-After holds longer than the longest pause between two wake-ups of the loop', async () => {
  stopTime();
  const collector = await startAnswering([busy({ 'retry-after': '1' })]);
  const spool = new Spool({ directory: join(root, 'kept'), maxBytes: 2 ** 20, tell: () => {} });
  const delivery = start(collector, { firstPauseMs: 50, keepMs: 100 }, { spool });
  await delivery.send(makeReport());
  await deliver(delivery);
  const [first = 0, second = 0] = collector.timesMs;
  expect(second - first).toBeGreaterThanOrEqual(ASKED_MS);
});

test('a report that waits is tried again when the one before it is refused for good', async () => {
  const collector = await startAnswering([busy(), busy(), refuse(400)]);
  const delivery = start(collector, { firstPauseMs: 1000 });
  const [first, second] = [makeReport(), makeReport()];
  await delivery.send(first);
  await delivery.send(second);
  expect(await delivery.said(/ did not take 2 log records \(400 .*given up/)).toContain(first.id);
  expect(await delivery.said(/ took 2 log records at the 2nd try$/)).toContain(second.id);
});

test('reports go one after the other, and one of a crash does not wait for them', async () => {
  const held: (() => void)[] = [];
  const collector = await startCollector((response, received, n) => {
    held.push(() => accept(response, received, n));
  });
  const delivery = start(collector, {});
  const [first, second] = [makeReport(), makeReport()];
  const crash = { ...makeReport(), trigger: { kind: 'crash', origin: 'uncaughtException', error: null } } as const;
  const sending = [first, second, crash].map((report) => delivery.send(report));
  while (held.length < 2) await new Promise(setImmediate);
  const arrived = collector.requests.map(({ json }) => json.resourceLogs[0]?.scopeLogs[0]?.logRecords[0]?.traceId);
  expect(arrived.toSorted()).toEqual([first.id, crash.id].sort());
  for (const answer of held.splice(0)) answer();
  while (held.length < 1) await new Promise(setImmediate);
  for (const answer of held) answer();
  for (const { sentence } of await Promise.all(sending)) expect(sentence).toMatch(/ took 2 log records$/);
});

test('with jitter a report is held back and counts as undelivered, but one of a crash is not held back', async () => {
  const collector = await startCollector();
  const delivery = start(collector, {}, { jitterMs: 600_000 });
  const held = delivery.send(makeReport());
  await delivery.send({ ...makeReport(), trigger: { kind: 'crash', origin: 'uncaughtException', error: null } });
  expect([collector.requests.length, delivery.undelivered()]).toEqual([1, 1]);
  await delivery.close(20_000);
  expect((await held).sentence).toMatch(/ took 2 log records$/);
  expect([collector.requests.length, delivery.undelivered()]).toEqual([2, 0]);
});

test('with jitter the first tries are spread, and each report arrives', async () => {
  const collector = await startCollector();
  const delivery = start(collector, {}, { jitterMs: 300 });
  const reports = Array.from({ length: 40 }, () => makeReport());
  await Promise.all(reports.map((report) => delivery.send(report)));
  const arrived = collector.requests.map(({ json }) => json.resourceLogs[0]?.scopeLogs[0]?.logRecords[0]?.traceId);
  expect(arrived.toSorted()).toEqual(reports.map(({ id }) => id).toSorted());
  // Without jitter they would arrive in the order in which they were sent.
  expect(arrived).not.toEqual(reports.map(({ id }) => id));
});
