import { expect, test } from 'vitest';
import { rootSpanId, toLogRecords } from '../../src/export/wire/logs.js';
import { toSpans } from '../../src/export/wire/trace.js';
import { createRedactor } from '../../src/redact/redactor.js';
import type { Frame, InFlightData, Report, Section, Thread, ThreadsData, Value } from '../../src/report.js';
import { renderHeader, renderSection } from '../../src/views/text.js';
import { makeReport, makeSection } from './helpers.js';

const frame = (name: string, more: Partial<Frame> = {}): Frame => ({
  function: name,
  file: '/srv/app.js',
  line: 14,
  column: 3,
  origin: 'application',
  async: false,
  ...more,
});
const makeThreads = (threads: readonly Thread[], facts: NonNullable<Section['facts']> = {}) => {
  const data: ThreadsData = { threads, osThreads: [] };
  return makeSection('threads', data as unknown as Value, { title: 'Threads', facts });
};
const main: Thread = { id: 0, name: 'main', state: 'running JavaScript', frames: [frame('applyVoucher')] };
const makeInFlight = (data: Partial<InFlightData>) =>
  makeSection('in_flight', {
    ...{ requests: [], requestCount: 0, spans: [], spanCount: 0 },
    ...data,
  } as unknown as Value);
const traceIdOf = (n: number) => n.toString(16).padStart(32, 'a');
const spanIdOf = (n: number) => n.toString(16).padStart(16, 'b');
const span = (n: number, more: Partial<InFlightData['spans'][number]> = {}) => ({
  traceId: traceIdOf(n),
  spanId: spanIdOf(n),
  name: `span ${n}`,
  kind: 'server',
  ageMs: 1000 - n,
  attributes: {},
  active: false,
  ...more,
});
const request = (n: number, more: Partial<InFlightData['requests'][number]> = {}) => ({
  direction: 'served' as const,
  protocol: 'http' as const,
  method: 'POST',
  path: `/checkout/${n}`,
  state: 'answering',
  ageMs: 2000 - n,
  trace: { traceId: traceIdOf(n), spanId: spanIdOf(1000 + n) },
  active: false,
  ...more,
});
const marksOf = (report: Report) =>
  toLogRecords(report, { renderHeader, renderSection }).filter(({ eventName }) => eventName === 'gmr.report.mark');

test('a trace has a root, a child for each section with its real times, and a grandchild for each thread', () => {
  const threads = makeThreads([main, { ...main, id: 3, name: 'worker [jobs]', state: 'idle', frames: [] }]);
  const report = makeReport([
    { ...threads, startMs: 1_790_000_000_123, endMs: 1_790_000_000_140 },
    makeSection('runtime', {}, { title: 'Runtime', startMs: 1_790_000_000_130, endMs: 1_790_000_000_131 }),
  ]);
  const spans = toSpans(report);
  expect(spans.map(({ name }) => name)).toEqual([
    'guru meditation report',
    'Threads',
    'thread main',
    'thread worker [jobs]',
    'Runtime',
  ]);
  const [root, section, thread, worker, runtime] = spans;
  expect(root).toMatchObject({
    traceId: report.id,
    spanId: rootSpanId(report.id),
    startTime: [1_790_000_000, 123_000_000],
    endTime: [1_790_000_000, 140_000_000],
  });
  expect(root?.parentSpanId).toBeUndefined();
  expect(section).toMatchObject({ spanId: report.sections[0]?.spanId, parentSpanId: root?.spanId });
  expect(runtime).toMatchObject({
    parentSpanId: root?.spanId,
    startTime: [1_790_000_000, 130_000_000],
    endTime: [1_790_000_000, 131_000_000],
  });
  expect(thread).toMatchObject({ parentSpanId: section?.spanId, traceId: report.id, startTime: section?.startTime });
  expect(thread?.attributes).toMatchObject({
    'thread.id': 0,
    'thread.name': 'main',
    'gmr.thread.state': 'running JavaScript',
    'code.stacktrace': 'at applyVoucher (/srv/app.js:14:3)',
  });
  expect(worker?.attributes).not.toHaveProperty('code.stacktrace');
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(5);
  expect(spans.every(({ error }) => error === undefined)).toBe(true);
});

test('the record of a section belongs to the span of that section', () => {
  const report = makeReport([makeThreads([main]), makeSection('runtime', {})]);
  const ids = new Set(toSpans(report).map(({ spanId }) => spanId));
  const records = toLogRecords(report, { renderHeader, renderSection });
  expect(records.every(({ traceId, spanId }) => traceId === report.id && ids.has(spanId))).toBe(true);
});

test('the root has the attributes that a report is searched by', () => {
  const facts = { 'gmr.main.stack_hash': 'cafe', 'code.function.name': 'applyVoucher', 'gmr.report.id': 'forged' };
  const report = makeReport([makeThreads([main], facts), makeSection('runtime', {}, { facts: { 'app.other': 1 } })]);
  expect(toSpans(report)[0]?.attributes).toEqual({
    'gmr.schema.version': '1.0.0',
    'gmr.report.id': report.id,
    'gmr.report.trigger': 'signal',
    'gmr.report.signal': 'SIGUSR1',
    'gmr.main.state': 'running JavaScript',
    'gmr.main.stack_hash': 'cafe',
    'gmr.verdict': 'main running JavaScript',
    'code.function.name': 'applyVoucher',
    'gmr.section.count': 3,
  });
});

test('a section that failed or timed out is an error, and a crash makes the root an error', () => {
  const sections = (['ok', 'failed', 'timed_out'] as const).map((status) =>
    makeSection(`custom.${status}`, null, { status, ...(status === 'ok' ? {} : { error: `boom ${status}` }) }),
  );
  const calm = makeReport(sections);
  expect(toSpans(calm).map(({ error }) => error)).toEqual([undefined, undefined, 'boom failed', 'boom timed_out']);
  const trigger = { kind: 'crash', origin: 'uncaughtException', error: null } as const;
  const crash = makeSection('crash', {}, { facts: { 'exception.type': 'TypeError', 'exception.message': 'no order' } });
  const [root] = toSpans({ ...calm, trigger, sections: [crash] });
  expect(root).toMatchObject({ error: 'no order', attributes: { 'exception.type': 'TypeError' } });
});

test('a stack has the innermost calls that there is room for, and says how many are left out', () => {
  const frames = Array.from({ length: 200 }, (_, n) => frame(`é${n}`, { async: n === 1 }));
  const [, , thread] = toSpans(makeReport([makeThreads([{ ...main, frames }])]));
  const stack = String(thread?.attributes['code.stacktrace']);
  expect(Buffer.byteLength(stack)).toBeLessThanOrEqual(2048);
  expect(Buffer.byteLength(stack)).toBeGreaterThan(1900);
  const lines = stack.split('\n');
  expect(lines.slice(0, 2)).toEqual(['at é0 (/srv/app.js:14:3)', 'at async é1 (/srv/app.js:14:3)']);
  expect(lines.at(-1)).toBe(`… ${200 - (lines.length - 1)} more: the report's log record gmr.threads has all 200`);
});

test('each chain of suspended functions has a grandchild, ten at most', () => {
  const place = (name: string, line: number) => ({ ...frame(name, { line, async: true }), count: 50 });
  const chain = {
    count: 50,
    steps: [{ place: 0 }, { place: 1 }],
    end: 'promise',
    settler: { kind: 'object', name: 'Pool.waiting', of: 50 },
  };
  const suspended = {
    threads: [
      {
        thread: '#0 main',
        count: 100,
        places: [place('handle', 9), place('acquire', 44)],
        chains: [chain, ...Array(20).fill({ ...chain, count: 1 })],
      },
      { thread: '#1 jobs', why: 'no isolate is found on its thread' },
    ],
  };
  const [, section, first, ...rest] = toSpans(
    makeReport([makeSection('green_threads', { suspended } as unknown as Value)]),
  );
  expect(first).toMatchObject({ name: 'suspended at acquire app.js:44', parentSpanId: section?.spanId });
  expect(first?.attributes).toMatchObject({
    'thread.name': '#0 main',
    'gmr.suspended.count': 50,
    'gmr.suspended.settler': 'object Pool.waiting',
    'code.stacktrace': 'at async acquire (/srv/app.js:44:3)\nat async handle (/srv/app.js:9:3)',
  });
  expect(rest).toHaveLength(9);
  expect(new Set([first, ...rest].map((one) => one?.spanId)).size).toBe(10);
});

test('no attribute is longer than 2,048 bytes, and one that is cut says so', () => {
  const facts = { 'app.long': '漢'.repeat(900), 'app.lone': '\ud83e' };
  const [, section] = toSpans(makeReport([makeSection('runtime', {}, { facts, title: 'x'.repeat(5000) })]));
  const texts = Object.values(section?.attributes ?? {}).map(String);
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
  expect(section?.attributes['app.long']).toMatch(/^漢+… \[cut: 2700 bytes\]$/);
  expect(section?.name.length).toBeLessThan(1100);
});

test('the root links to the work in flight, the active span first, then the oldest, each once', () => {
  const spans = [span(1), span(2), span(3, { active: true })];
  const waitsAt = { function: 'loadCart', file: '/srv/shop/cart.mjs', line: 9, origin: 'application' } as const;
  const requests = [request(1, { waitsAt }), request(9, { trace: { traceId: traceIdOf(3), spanId: spanIdOf(3) } })];
  const report = makeReport([makeInFlight({ spans, requests, spanCount: 3, requestCount: 2 })]);
  const [root] = toSpans(report);
  expect(root?.links.map(({ spanId }) => spanId)).toEqual([spanIdOf(3), spanIdOf(1001), spanIdOf(1), spanIdOf(2)]);
  expect(root?.links[0]?.attributes).toMatchObject({ 'gmr.in_flight.kind': 'span', 'gmr.in_flight.active': true });
  expect(root?.links[1]?.attributes).toEqual({
    'gmr.in_flight.kind': 'request',
    'gmr.in_flight.name': 'POST /checkout/1',
    'gmr.in_flight.age_ms': 1999,
    'gmr.in_flight.active': false,
    'gmr.in_flight.waits_at': 'loadCart cart.mjs:9',
    'http.request.method': 'POST',
    'url.path': '/checkout/1',
  });
  expect(root?.attributes).not.toHaveProperty('gmr.report.links_left_out');
});

test('links are bounded, and the root says how many are left out; an active span that is in no list is linked', () => {
  const spans = Array.from({ length: 500 }, (_, n) => span(n + 1));
  const active = { traceId: traceIdOf(7777), spanId: spanIdOf(7777), name: 'priceOrder' };
  const [root] = toSpans(makeReport([makeInFlight({ spans, spanCount: 500, active })]));
  expect(root?.links).toHaveLength(128);
  expect(root?.links[0]).toMatchObject({ traceId: active.traceId, attributes: { 'gmr.in_flight.name': 'priceOrder' } });
  expect(root?.linksLeftOut).toBe(373);
  expect(root?.attributes['gmr.report.links_left_out']).toBe(373);
});

test('redaction leaves ids as they are, and nothing links to an invalid id', () => {
  const spans = [span(1), span(2, { traceId: '0'.repeat(32) }), span(3, { spanId: 'nonsense' }), span(4)];
  const report = makeReport([makeInFlight({ spans, requests: [request(5)], spanCount: 4, requestCount: 1 })]);
  const redacted = createRedactor({ secretNames: [], declared: {} }).report(report);
  const ids = (one: Report) => toSpans(one)[0]?.links.map(({ traceId, spanId }) => `${traceId}:${spanId}`);
  expect(ids(redacted)).toEqual([5, 1, 4].map((n) => `${traceIdOf(n)}:${n === 5 ? spanIdOf(1005) : spanIdOf(n)}`));
  expect(ids(report)).toEqual(ids(redacted));
});

test.each([null, '***', [], 7, { threads: '***', spans: [null, 3, 'x'], requests: { a: 1 }, active: '***' }])(
  'a section of another shape, %j, loses no span',
  (data) => {
    const report = makeReport([makeSection('threads', data), makeSection('in_flight', data)]);
    expect(toSpans(report)).toHaveLength(3);
    expect(marksOf(report)).toEqual([]);
  },
);

test('the same report makes the same spans', () => {
  const report = makeReport([makeThreads([main]), makeInFlight({ spans: [span(1)], spanCount: 1 })]);
  expect(toSpans(report)).toEqual(toSpans(structuredClone(report)));
});

test('each trace that was in flight gets one mark, with the ids of the application’s own span', () => {
  const spans = [span(1), span(2, { active: true }), { ...span(3), traceId: traceIdOf(2) }];
  const requests = [request(1), request(4)];
  const report = makeReport([makeInFlight({ spans, requests, spanCount: 3, requestCount: 2 })]);
  const marks = marksOf(report);
  expect(marks.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
    [traceIdOf(2), spanIdOf(2)],
    [traceIdOf(1), spanIdOf(1)],
    [traceIdOf(4), spanIdOf(1004)],
  ]);
  expect(marks[0]).toMatchObject({ eventName: 'gmr.report.mark', severityText: 'INFO' });
  expect(marks[0]?.attributes).toEqual({
    'gmr.schema.version': '1.0.0',
    'gmr.report.id': report.id,
    'gmr.report.trigger': 'signal',
    'gmr.section.name': 'report.mark',
    'gmr.in_flight.kind': 'span',
    'gmr.in_flight.name': 'span 2',
    'gmr.in_flight.age_ms': 998,
    'gmr.in_flight.active': true,
    'log.record.uid': expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(marks[2]?.attributes).toMatchObject({ 'http.request.method': 'POST', 'url.path': '/checkout/4' });
  expect(marks[0]?.body).toEqual({
    text: `Guru Meditation report ${report.id} (signal SIGUSR1): span 2 had been in flight for 998 ms, and main's code ran in it`,
  });
});

test('marks come after the sections, each with a time and a uid of its own; those of a crash are fatal', () => {
  const spans = Array.from({ length: 3 }, (_, n) => span(n + 1));
  const report = makeReport([makeSection('package', {}), makeInFlight({ spans, spanCount: 3 })]);
  const records = toLogRecords(report, { renderHeader, renderSection });
  expect(records.slice(-3)).toEqual(marksOf(report));
  expect(new Set(records.map(({ timestamp }) => timestamp.join())).size).toBe(records.length);
  expect(new Set(records.map(({ attributes }) => attributes['log.record.uid'])).size).toBe(records.length);
  const trigger = { kind: 'crash', origin: 'uncaughtException', error: null } as const;
  expect(marksOf({ ...report, trigger }).map(({ severityText }) => severityText)).toEqual(['FATAL', 'FATAL', 'FATAL']);
});

test('marks are bounded, and the header says how many are left out', () => {
  const spans = Array.from({ length: 150 }, (_, n) => span(n + 1, { active: n === 149 }));
  const report = makeReport([makeInFlight({ spans, spanCount: 150 })]);
  const marks = marksOf(report);
  expect(marks).toHaveLength(100);
  expect(marks[0]?.traceId).toBe(traceIdOf(150));
  expect(marks[1]?.traceId).toBe(traceIdOf(1));
  const [header] = toLogRecords(report, { renderHeader, renderSection });
  expect(header?.attributes['gmr.report.marks_left_out']).toBe(50);
  expect(header?.attributes['gmr.section.count']).toBe(2);
});
