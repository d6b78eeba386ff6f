import { expect, test } from 'vitest';
import type { InFlightFacts, MainFacts, RequestFact } from '../../src/main-facts.js';
import { collectInFlight, inFlightFacts } from '../../src/sections/in-flight.js';
import type { MainAnswer } from '../../src/sections/sources.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const idOf = (digit: string) => digit.repeat(16);

const request = (id: number, more: Partial<RequestFact> = {}): RequestFact => ({
  id,
  direction: 'served',
  protocol: 'http',
  method: 'GET',
  path: `/${id}`,
  state: 'being handled',
  ageMs: 100 - id,
  ...more,
});
const span = (spanId: string, parentSpanId?: string) => ({
  traceId,
  spanId,
  ...(parentSpanId ? { parentSpanId } : {}),
  name: spanId,
  kind: 'internal',
  ageMs: 50,
  attributes: {},
});
const answer = (inFlight: Partial<InFlightFacts>): MainAnswer => {
  const whole = { requests: [], requestCount: 0, spans: [], spanCount: 0, notes: [], ...inFlight };
  return { kind: 'facts', facts: { inFlight: whole } as unknown as MainFacts, interrupted: true };
};
const marked = (
  main: MainAnswer,
  ...caller: Parameters<typeof collectInFlight> extends [unknown, ...infer C] ? C : never
) =>
  collectInFlight(main, ...caller)
    .requests.filter((one) => one.active)
    .map((one) => one.path);

test('the request that main says it serves is marked, and its number is not shown', () => {
  const main = answer({ requests: [request(1), request(2)], requestCount: 2, request: 2 });
  expect(marked(main)).toEqual(['/2']);
  expect(collectInFlight(main).requests[1]).not.toHaveProperty('id');
});

test('a request whose code is suspended says where', () => {
  const at = { function: 'loadCart', file: '/srv/shop/cart.mjs', line: 9, origin: 'application' } as const;
  const { requests } = collectInFlight(
    answer({ requests: [request(1), request(2)], requestCount: 2 }),
    undefined,
    new Map([[2, at]]),
  );
  expect(requests.map(({ waitsAt }) => waitsAt)).toEqual([undefined, at]);
});

test('else the request is marked whose own span, or whose caller’s, is an ancestor of the span that main runs in', () => {
  const spans = [span(idOf('1'), idOf('9')), span(idOf('2'), idOf('1')), span(idOf('3'), idOf('2'))];
  const active = { traceId, spanId: idOf('3') };
  const own = request(7, { trace: { traceId, spanId: idOf('1') }, span: { traceId, spanId: idOf('1') } });
  const brought = request(8, { trace: { traceId, spanId: idOf('9') } });
  const other = request(6, { trace: { traceId, spanId: idOf('8') } });
  expect(marked(answer({ requests: [other, own], spans, span: active }))).toEqual(['/7']);
  expect(marked(answer({ requests: [other, brought], spans, span: active }))).toEqual(['/8']);
});

test('else the only request of the trace is marked; of several, none is', () => {
  const active = { traceId, spanId: idOf('3') };
  const one = request(1, { trace: { traceId, spanId: idOf('9') } });
  const two = request(2, { trace: { traceId, spanId: idOf('8') } });
  const made = request(3, { direction: 'made', trace: { traceId, spanId: idOf('7') } });
  expect(marked(answer({ requests: [one, made], span: active }))).toEqual(['/1']);
  expect(marked(answer({ requests: [one, two], span: active }))).toEqual([]);
});

test('ids in a circle do not make an endless loop', () => {
  const spans = [span(idOf('1'), idOf('2')), span(idOf('2'), idOf('1'))];
  expect(marked(answer({ requests: [request(1)], spans, span: { traceId, spanId: idOf('1') } }))).toEqual([]);
});

test('if the program asked for the report, the request and span of that call count, not those of main when it is read', () => {
  const main = answer({ requests: [request(1), request(2)], request: 1, spans: [span(idOf('1')), span(idOf('2'))] });
  const caller = { request: 2, span: { traceId, spanId: idOf('2') } };
  expect(marked(main, caller)).toEqual(['/2']);
  expect(collectInFlight(main, caller).spans.map((one) => one.active)).toEqual([false, true]);
});

test('the note says that the main thread did not answer', () => {
  expect(collectInFlight({ kind: 'silent', why: 'did not answer in 250 ms' })).toEqual({
    known: false,
    requests: [],
    requestCount: 0,
    spans: [],
    spanCount: 0,
    note: 'not known: the main thread did not answer in 250 ms',
  });
});

test('the facts count all requests and spans, not only those that are shown', () => {
  const data = collectInFlight(answer({ requests: [request(1)], requestCount: 300, spans: [], spanCount: 12_000 }));
  expect(inFlightFacts(data)).toEqual({
    'gmr.in_flight.requests': 300,
    'gmr.in_flight.spans': 12_000,
    'gmr.in_flight.oldest_ms': 99,
  });
});
