import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Spool } from '../../src/export/spool/spool.js';
import { SPAN_LINES } from '../../src/export/wire/otlp-spans.js';
import { toSpans } from '../../src/export/wire/trace.js';
import type { Report } from '../../src/report.js';
import { findFreePort } from '../ports.js';
import {
  accept,
  cleanUp,
  makeReport,
  makeSection,
  type Received,
  refuse,
  startCollector,
  startDelivery,
} from './helpers.js';

const root = mkdtempSync(join(tmpdir(), 'signals-'));
let runs = 0;
let directory: string;
const soon = { firstPauseMs: 20, maxPauseMs: 50 };
const both = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_EXPORTER: 'otlp' });
const open = () => new Spool({ directory, maxBytes: 64 * 2 ** 20, maxAgeMs: Number.MAX_SAFE_INTEGER, tell: () => {} });
const files = (where = directory) => readdirSync(where).filter((name) => name.endsWith('.jsonl'));
const partsOf = () => files().map((name) => (name.includes('.traces.') ? 'traces' : 'logs'));
type Answer = ReturnType<typeof refuse>;
/** Answers log records and spans each in its own way. */
const answer =
  (logs: Answer, traces: Answer): Answer =>
  (response, received, n) =>
    (isTraces(received) ? traces : logs)(response, received, n);
const isTraces = ({ request }: Received) => request.url === '/v1/traces';
const inFlight = (report: Report) => ({
  ...report,
  sections: [
    ...report.sections,
    makeSection('in_flight', {
      spans: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'POST /', ageMs: 5, active: true }],
      requests: [],
    }),
  ],
});

beforeEach(() => {
  runs += 1;
  directory = join(root, String(runs));
});
afterEach(cleanUp);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('log records and spans go out each in a request of their own, and one line says where both went', async () => {
  const collector = await startCollector();
  const delivery = startDelivery(both(collector.url));
  const report = inFlight(makeReport());
  const sentence = `${collector.url}/v1/logs took 4 log records; ${collector.url}/v1/traces took 3 spans`;
  expect((await delivery.send(report)).sentence).toBe(sentence);
  expect(delivery.lines).toEqual([`gmr ${report.id}: ${sentence}`]);
  expect(delivery.undelivered()).toBe(0);
  expect(collector.requests.map(({ request }) => request.url).sort()).toEqual(['/v1/logs', '/v1/traces']);
  const spans = collector.spans();
  expect(spans.map(({ spanId }) => spanId)).toEqual(toSpans(report).map(({ spanId }) => spanId));
  expect(spans[0]).toMatchObject({ name: 'guru meditation report', traceId: report.id, kind: 1, status: { code: 0 } });
  expect(spans[0]?.links[0]).toMatchObject({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) });
  expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
  const [logs, traces] = collector.requests.toSorted((a, b) => Number(isTraces(a)) - Number(isTraces(b)));
  expect(traces?.json.resourceSpans[0]?.resource).toEqual(logs?.json.resourceLogs[0]?.resource);
});

test('log records and spans are on disk before either is sent, as the SDK’s serializer writes them', async () => {
  const collector = await startCollector();
  const delivery = startDelivery(both(collector.url), { spool: open() });
  const failed = makeSection('custom.queue', null, { status: 'failed', error: 'boom' });
  const report = inFlight(makeReport([failed]));
  const draft = await delivery.writeAhead(report);
  expect(partsOf().sort()).toEqual(['logs', 'traces']);
  expect([delivery.waiting(), collector.requests.length]).toEqual([1, 0]);
  const name = files().find((one) => one.includes('.traces.')) ?? '';
  const lines = readFileSync(join(directory, name), 'utf8').trim().split('\n');
  expect(SPAN_LINES.decode(lines).contents).toEqual(toSpans(report));
  await delivery.send(report, draft);
  const stored = JSON.parse(lines[0] ?? '').resourceSpans[0].scopeSpans[0].spans;
  const sent = collector.spans().map((span) => ({ ...span, links: span.links.map(withoutZeros) }));
  expect(stored).toEqual(sent.map(withoutZeros));
  expect(files()).toEqual([]);
  expect([delivery.waiting(), delivery.undelivered()]).toEqual([0, 0]);
});

/** Without the counts of dropped attributes and events, which our lines leave out: none are dropped. */
function withoutZeros(item: object): object {
  const left = Object.entries(item).filter(([key]) => !/^dropped(Attributes|Events)Count$/.test(key));
  return Object.fromEntries(left);
}

test.each([
  ['spans', 'log records', answer(accept, failFirst(503))],
  ['log records', 'spans', answer(failFirst(503), accept)],
])('if %s fail, %s are neither lost nor sent twice', async (noun, other, answers) => {
  const collector = await startCollector(answers);
  const delivery = startDelivery(both(collector.url), { spool: open(), settings: soon });
  const report = makeReport();
  const { sentence: first } = await delivery.send(report);
  expect(first).toMatch(new RegExp(`\\S+ took 2 ${other}(;|$)`));
  expect(first).toMatch(
    new RegExp(`\\S+ did not take 2 ${noun} \\(503 Service Unavailable\\): kept in ${directory}, tried again in 1 s`),
  );
  expect(delivery.lines).toEqual([`gmr ${report.id}: ${first}`]);
  expect([delivery.undelivered(), delivery.waiting()]).toEqual([1, 1]);
  expect(partsOf()).toEqual([noun === 'spans' ? 'traces' : 'logs']);
  await delivery.said(new RegExp(`^gmr ${report.id}: \\S+ took 2 ${noun} at the 2nd try$`));
  expect([delivery.undelivered(), delivery.waiting()]).toEqual([0, 0]);
  expect(files()).toEqual([]);
  const counts = [collector.requests.filter(isTraces).length, collector.requests.length];
  expect(counts).toEqual([noun === 'spans' ? 2 : 1, 3]);
});

/** Refuses the first request that it gets. */
function failFirst(status: number): Answer {
  let count = 0;
  return (response, received, n) => {
    count += 1;
    (count === 1 ? refuse(status) : accept)(response, received, n);
  };
}

test.each([
  [404, ''],
  [405, ''],
  [400, 'unsupported path requested: "/v1/traces"'],
])('a server that takes no traces, %d, is reported once and left alone, and nothing piles up', async (status, body) => {
  const collector = await startCollector(answer(accept, refuse(status, {}, body)));
  const delivery = startDelivery(both(collector.url), { spool: open() });
  const report = makeReport();
  expect((await delivery.send(report)).sentence).toMatch(
    new RegExp(`^\\S+ took 2 log records; \\S+ takes no spans \\(${status} .*\\): none are sent for 60 min$`),
  );
  expect((await delivery.send(makeReport())).sentence).toBe(`${collector.url}/v1/logs took 2 log records`);
  expect(delivery.lines).toHaveLength(2);
  expect(collector.requests.filter(isTraces)).toHaveLength(1);
  expect(readdirSync(directory)).toEqual([]);
  expect([delivery.undelivered(), delivery.waiting()]).toEqual([0, 0]);
});

test('after the pause a server that takes no traces is asked again, and nothing is said if it still takes none', async () => {
  const collector = await startCollector(answer(accept, refuse(404)));
  const delivery = startDelivery(both(collector.url), { spool: open(), breakMs: 1 });
  await delivery.send(makeReport());
  const clean = `${collector.url}/v1/logs took 2 log records`;
  while (collector.requests.filter(isTraces).length < 2)
    expect((await delivery.send(makeReport())).sentence).toBe(clean);
  expect(readdirSync(directory)).toEqual([]);
  collector.answer(accept);
  while (collector.spans().length < 6) await delivery.send(makeReport());
  expect(delivery.lines.at(-1)).toMatch(/; \S+ took 2 spans$/);
});

test('a replay says every refusal, and keeps the reports aside', async () => {
  const collector = await startCollector(answer(accept, refuse(404)));
  const first = startDelivery(both(`http://127.0.0.1:${await findFreePort()}`), { spool: open() });
  const draft = await first.writeAhead(makeReport());
  draft.logs?.release();
  draft.traces?.release();
  const delivery = startDelivery(both(collector.url), { spool: open(), breakMs: 0 });
  const [fate] = await Promise.all(await delivery.adopt(undefined));
  expect(fate).toMatchObject({
    taken: false,
    sentence: expect.stringMatching(/ refused 2 spans \(404 Not Found\)/),
  });
  expect(files()).toEqual([]);
  expect(files(join(directory, 'refused'))).toEqual([expect.stringContaining('.traces.')]);
});

test('spans that are refused for good are kept aside, and the records are not', async () => {
  const collector = await startCollector(answer(accept, refuse(413, {}, '{"message":"too much"}')));
  const delivery = startDelivery(both(collector.url), { spool: open() });
  expect((await delivery.send(makeReport())).sentence).toMatch(
    /^\S+ took 2 log records; \S+ refused 2 spans \(413 .*: too much\): kept aside in .*\/refused, gmr replay/,
  );
  expect(files(join(directory, 'refused'))).toEqual([expect.stringContaining('.traces.')]);
  expect(delivery.undelivered()).toBe(0);
});

test('spans that are rejected in part are reported', async () => {
  const partial = refuse(200, {}, '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}');
  const collector = await startCollector(answer(accept, partial));
  const delivery = startDelivery(both(collector.url), { spool: open() });
  expect((await delivery.send(makeReport())).sentence).toMatch(/; \S+ took 1 of 2 spans and rejected 1: too old$/);
});

test('log records and spans that an ended process left go out as one report, and a part without the other goes out alone', async () => {
  const dead = both(`http://127.0.0.1:${await findFreePort()}`);
  const left = startDelivery(dead, { spool: open() });
  const [whole, half] = [makeReport(), makeReport()];
  for (const report of [whole, half]) {
    const draft = await left.writeAhead(report);
    if (report === half) draft.logs?.remove();
    else draft.logs?.release();
    draft.traces?.release();
  }
  const collector = await startCollector();
  const delivery = startDelivery(both(collector.url), { spool: open() });
  const fates = await Promise.all(await delivery.adopt('checkout'));
  expect(fates.map(({ taken }) => taken)).toEqual([true, true]);
  const logs = `${collector.url}/v1/logs`;
  const traces = `${collector.url}/v1/traces`;
  expect(delivery.lines.toSorted()).toEqual(
    [
      `gmr ${whole.id}: ${logs} took 2 log records; ${traces} took 2 spans`,
      `gmr ${half.id}: ${traces} took 2 spans`,
    ].sort(),
  );
  expect(
    collector
      .spans()
      .map(({ traceId }) => traceId)
      .toSorted(),
  ).toEqual([whole.id, whole.id, half.id, half.id].sort());
  expect(collector.records().map(({ traceId }) => traceId)).toEqual([whole.id, whole.id]);
  expect([delivery.undelivered(), delivery.waiting(), files()]).toEqual([0, 0, []]);
});

test('a process that sends no traces leaves those of others where they are', async () => {
  const left = startDelivery(both(`http://127.0.0.1:${await findFreePort()}`), { spool: open() });
  const draft = await left.writeAhead(makeReport());
  draft.logs?.release();
  draft.traces?.release();
  const collector = await startCollector();
  const delivery = startDelivery({ ...both(collector.url), OTEL_TRACES_EXPORTER: 'none' }, { spool: open() });
  await Promise.all(await delivery.adopt('checkout'));
  expect(collector.records()).toHaveLength(2);
  expect(partsOf()).toEqual(['traces']);
});

test('a replayed trace is the same to the letter', async () => {
  const report = inFlight(makeReport());
  const left = startDelivery(both(`http://127.0.0.1:${await findFreePort()}`), { spool: open() });
  (await left.writeAhead(report)).traces?.release();
  const collector = await startCollector();
  const delivery = startDelivery(both(collector.url), { spool: open() });
  await Promise.all(await delivery.adopt('checkout'));
  await delivery.send(report);
  const [replayed, fresh] = collector.requests.filter(isTraces);
  expect(replayed?.text).toBe(fresh?.text);
});

test('nothing is said of traces that are switched off, and spans go out with the records switched off', async () => {
  const collector = await startCollector();
  const logs = startDelivery({ ...both(collector.url), OTEL_TRACES_EXPORTER: 'none' }, { spool: open() });
  expect((await logs.send(makeReport())).sentence).toBe(`${collector.url}/v1/logs took 2 log records`);
  const environment = { ...both(collector.url), OTEL_LOGS_EXPORTER: 'none' };
  const traces = startDelivery(environment, { spool: open() });
  expect((await traces.send(makeReport())).sentence).toBe(`${collector.url}/v1/traces took 2 spans`);
  expect(collector.records()).toHaveLength(2);
  const none = startDelivery({ ...environment, OTEL_TRACES_EXPORTER: 'none' }, { spool: open() });
  expect((await none.send(makeReport())).sentence).toBe('not sent, in the text only: OTEL_LOGS_EXPORTER=none');
  expect([logs, traces, none].map((one) => [one.undelivered(), one.waiting()])).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});

test('a directory that cannot be used is reported once, and both go out from memory', async () => {
  writeFileSync(directory, '');
  const collector = await startCollector();
  const delivery = startDelivery(both(collector.url), { spool: open() });
  expect((await delivery.send(makeReport())).sentence).toMatch(/^\S+ took 2 log records; \S+ took 2 spans$/);
  expect(delivery.lines).toHaveLength(2);
  expect(delivery.lines[0]).toMatch(/cannot be written to \(.*\): it is sent from memory$/);
  expect([delivery.undelivered(), delivery.waiting()]).toEqual([0, 0]);
});

test('if nothing listens, one line says so for both signals, and both wait', async () => {
  const port = await findFreePort();
  const delivery = startDelivery(both(`http://127.0.0.1:${port}`), { spool: open(), settings: soon });
  const report = makeReport();
  const url = `http://127\\.0\\.0\\.1:${port}/v1`;
  expect((await delivery.send(report)).sentence).toMatch(
    new RegExp(
      `^${url}/logs did not take 2 log records; ${url}/traces did not take 2 spans \\(connection refused\\): kept in ${directory}, tried again in 1 s$`,
    ),
  );
  expect(delivery.lines).toHaveLength(1);
  const collector = await startCollector(accept, port);
  await delivery.said(/\S+ took 2 log records at the \d(nd|rd|th) try/);
  await delivery.said(/\S+ took 2 spans at the \d(nd|rd|th) try/);
  expect([collector.records().length, collector.spans().length]).toEqual([2, 2]);
  expect([delivery.undelivered(), delivery.waiting(), files()]).toEqual([0, 0, []]);
});

test('a signal that hangs does not delay the outcome of the other', async () => {
  const collector = await startCollector(answer(accept, () => {}));
  const delivery = startDelivery(both(collector.url), { spool: open() });
  const report = makeReport();
  let resolved = false;
  const sending = delivery.send(report).finally(() => {
    resolved = true;
  });
  await delivery.said(new RegExp(`^gmr ${report.id}: \\S+/v1/logs took 2 log records$`));
  expect([resolved, delivery.undelivered()]).toEqual([false, 1]);
  await delivery.close(50);
  const outcome = await sending;
  expect(outcome).toMatchObject({ taken: false, logs: true, traces: false });
  expect(outcome.sentence).toMatch(
    /^\S+ took 2 log records; 2 spans not sent to \S+ \(no answer before the end\): waiting in/,
  );
  expect(delivery.lines.at(-1)).toMatch(/^gmr \w+: 2 spans not sent to /);
  expect(partsOf()).toEqual(['traces']);
  expect(files()[0]).toContain('.0-0-00000000.jsonl');
});

test('the outcome of a crash is said sooner, since its process does not wait', async () => {
  const collector = await startCollector(answer(accept, () => {}));
  const delivery = startDelivery(both(collector.url), { spool: open() });
  const calm = makeReport();
  const crash = { ...makeReport(), trigger: { kind: 'crash', origin: 'uncaughtException', error: null } } as const;
  void delivery.send(calm);
  void delivery.send(crash);
  await delivery.said(new RegExp(`^gmr ${calm.id}: \\S+ took 2 log records$`));
  expect(delivery.lines[0]).toMatch(new RegExp(`^gmr ${crash.id}: \\S+ took 2 log records$`));
  await delivery.close(0);
});

test('a wrong setting of both signals is reported in one line', async () => {
  const collector = await startCollector();
  const delivery = startDelivery({ ...both(collector.url), OTEL_EXPORTER_OTLP_PROTOCOL: 'soap' });
  await delivery.send(makeReport());
  expect(delivery.lines.filter((line) => line.includes('ignoring OTEL_EXPORTER_OTLP_PROTOCOL=soap'))).toHaveLength(1);
});

test('headers, compression and time-out of traces are their own', async () => {
  const collector = await startCollector();
  const delivery = startDelivery({
    ...both(collector.url),
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=spans',
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
  });
  await delivery.send(makeReport());
  const [logs, traces] = collector.requests.toSorted((a, b) => Number(isTraces(a)) - Number(isTraces(b)));
  expect(traces?.request.headers).toMatchObject({ 'x-tenant': 'spans', 'content-encoding': 'gzip' });
  expect(logs?.request.headers).not.toHaveProperty('x-tenant');
  expect(logs?.request.headers).not.toHaveProperty('content-encoding');
});

test('fifty reports at once: all records and all spans arrive, once each', async () => {
  const collector = await startCollector((response, received, n) => setImmediate(accept, response, received, n));
  const delivery = startDelivery(both(collector.url), { spool: open() });
  const reports = Array.from({ length: 50 }, () => makeReport());
  await Promise.all(reports.map((report) => delivery.send(report)));
  expect(collector.records()).toHaveLength(100);
  expect(collector.spans()).toHaveLength(100);
  expect(new Set(collector.spans().map(({ traceId }) => traceId)).size).toBe(50);
  expect([delivery.undelivered(), delivery.waiting(), files()]).toEqual([0, 0, []]);
});
