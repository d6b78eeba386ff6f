import type { CallerWork, InFlightFacts, RequestFact } from '../main-facts.js';
import type { ActiveSpan, CalledFunction, Facts, InFlightData, InFlightRequest, InFlightSpan } from '../report.js';
import { type MainAnswer, tellSilent } from './sources.js';

/**
 * Work that has begun and not ended in this process: requests, and spans of the application's SDK.
 *
 * @param waitsAt the place at which a request is suspended, by its number
 */
export function collectInFlight(
  main: MainAnswer,
  caller?: CallerWork,
  waitsAt?: ReadonlyMap<number, CalledFunction>,
): InFlightData {
  if (main.kind !== 'facts') {
    const why = main.kind === 'silent' ? tellSilent(main) : `the main thread could not be asked (${main.why})`;
    const note = `not known: ${why}`;
    return { known: false, requests: [], requestCount: 0, spans: [], spanCount: 0, note };
  }
  const { inFlight } = main.facts;
  const { span, request } = caller ?? inFlight;
  const spans = inFlight.spans.map((one): InFlightSpan => ({ ...one, active: one.spanId === span?.spanId }));
  const active = request ?? (span ? findRequest(span, inFlight) : undefined);
  const requests = inFlight.requests.map((one) => toRequest(one, one.id === active, waitsAt?.get(one.id)));
  const note = [...tellQueues(requests), ...inFlight.notes].join('; ');
  return {
    known: true,
    requests,
    requestCount: inFlight.requestCount,
    spans,
    spanCount: inFlight.spanCount,
    ...(span ? { active: span } : {}),
    ...(note === '' ? {} : { note }),
  };
}

/** The span that main's code runs in, or that the caller of a report runs in. */
export function activeSpan(main: MainAnswer, caller?: CallerWork): ActiveSpan | undefined {
  if (caller) return caller.span;
  return main.kind === 'facts' ? main.facts.inFlight.span : undefined;
}

export function inFlightFacts({ requests, requestCount, spans, spanCount }: InFlightData): Facts {
  const ages = [...requests, ...spans].map(({ ageMs }) => ageMs);
  const serving = requests.find(({ active, direction }) => active && direction === 'served');
  return {
    ...(serving ? { 'gmr.main.request': `${serving.method} ${serving.path}` } : {}),
    'gmr.in_flight.requests': requestCount,
    'gmr.in_flight.spans': spanCount,
    ...(ages.length > 0 ? { 'gmr.in_flight.oldest_ms': Math.max(...ages) } : {}),
  };
}

/**
 * The served request that a span belongs to: the one whose own span, or whose caller's, is among the span's ancestors;
 * if these were not recorded, the only one of its trace.
 */
function findRequest(span: ActiveSpan, { requests, spans }: InFlightFacts): number | undefined {
  const served = requests.filter((request) => request.direction === 'served');
  const parents = new Map(spans.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
  const seen = new Set<string>();
  for (let id: string | undefined = span.spanId; id !== undefined && !seen.has(id); id = parents.get(id)) {
    seen.add(id);
    const found = served.find((request) => request.span?.spanId === id || request.trace?.spanId === id);
    if (found) return found.id;
  }
  const [only, other] = served.filter((request) => request.trace?.traceId === span.traceId);
  return only && !other ? only.id : undefined;
}

/** `3 requests to shop:8080 wait for a connection, behind 1 that has one`. */
function tellQueues(requests: readonly InFlightRequest[]): readonly string[] {
  const made = requests.filter(({ direction, protocol }) => direction === 'made' && protocol !== 'http2');
  return [...new Set(made.map(({ peer = '' }) => peer))].flatMap((peer) => {
    const all = made.filter((one) => (one.peer ?? '') === peer);
    const waiting = all.filter(({ state }) => state === 'waiting for a connection').length;
    const ahead = all.length - waiting;
    if (waiting === 0) return [];
    const wait = waiting === 1 ? `1 request to ${peer} waits` : `${waiting} requests to ${peer} wait`;
    const behind = ahead === 0 ? '' : `, behind ${ahead} that ${ahead === 1 ? 'has' : 'have'} one`;
    return [`${wait} for a connection${behind}`];
  });
}

function toRequest(
  { id: _, span: __, ...request }: RequestFact,
  active: boolean,
  waitsAt: CalledFunction | undefined,
): InFlightRequest {
  return { ...request, active, ...(waitsAt ? { waitsAt } : {}) };
}
