import type { MainAnswer } from '../agent/main-thread.js';
import type { CallerWork, InFlightFacts, RequestFact } from '../protocol.js';
import type { ActiveSpan, InFlightData, InFlightRequest, InFlightSpan, Section } from '../report.js';

/** What has begun and not ended in this process: requests, spans of the application's SDK. */
export function collectInFlight(main: MainAnswer, caller?: CallerWork): InFlightData {
  if (main.kind !== 'facts') {
    const note = `not known: the main thread ${main.kind === 'silent' ? main.why : `could not be asked (${main.why})`}`;
    return { known: false, requests: [], requestCount: 0, spans: [], spanCount: 0, note };
  }
  const { inFlight } = main.facts;
  const { span, request } = caller ?? inFlight;
  const spans = inFlight.spans.map((one): InFlightSpan => ({ ...one, active: one.spanId === span?.spanId }));
  const active = request ?? (span ? findRequest(span, inFlight) : undefined);
  const requests = inFlight.requests.map((one) => toRequest(one, one.id === active));
  const note = inFlight.notes.join('; ');
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

export function inFlightFacts({
  requests,
  requestCount,
  spans,
  spanCount,
}: InFlightData): NonNullable<Section['facts']> {
  const ages = [...requests, ...spans].map(({ ageMs }) => ageMs);
  return {
    'gmr.in_flight.requests': requestCount,
    'gmr.in_flight.spans': spanCount,
    ...(ages.length > 0 ? { 'gmr.in_flight.oldest_ms': Math.max(...ages) } : {}),
  };
}

/**
 * The served request that a span belongs to: the one whose own span, or whose caller's, is among the span's ancestors;
 * where these were not recorded, the only one of its trace.
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

function toRequest({ id: _, span: __, ...request }: RequestFact, active: boolean): InFlightRequest {
  return { ...request, active };
}
