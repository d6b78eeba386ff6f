import { isMap, type Report, type SpanReference, type Value, type ValueMap } from '../report.js';
import { listMaps, readText } from './plain.js';

/** A span of the application that was in flight, or a request that carried a span's ids. */
export interface InFlight extends SpanReference {
  readonly kind: 'request' | 'span';
  readonly name: string;
  readonly ageMs?: number;
  /** Main's code ran in it. */
  readonly active: boolean;
  readonly request?: { readonly method: string; readonly path: string };
}

/**
 * What was in flight and belongs to a trace, each span once: the one that main's code ran in first, then the oldest. Redaction
 * may have left another shape than the section's own, and what is no id leads nowhere: such a one is passed by.
 */
export function listInFlight({ sections }: Report): readonly InFlight[] {
  const data = sections.find(({ name }) => name === 'in_flight')?.data;
  if (!isMap(data)) return [];
  const found = [
    readActive(data.active),
    ...listMaps(data.spans).map(readSpan),
    ...listMaps(data.requests).map(readRequest),
  ].filter((one) => one !== undefined);
  const each = new Map<string, InFlight>();
  for (const one of found) {
    const key = `${one.traceId}:${one.spanId}`;
    const known = each.get(key);
    // What the list says of the active one is more than its ids.
    each.set(key, known === undefined ? one : join(known, one));
  }
  return [...each.values()].sort((a, b) => Number(b.active) - Number(a.active) || (b.ageMs ?? 0) - (a.ageMs ?? 0));
}

function join(known: InFlight, other: InFlight): InFlight {
  return { ...other, ...known, name: known.name || other.name, active: known.active || other.active };
}

/** Attributes of a link, or of a mark. */
export function describeInFlight({ kind, name, ageMs, active, request }: InFlight): {
  readonly [name: string]: string | number | boolean;
} {
  return {
    'gmr.in_flight.kind': kind,
    ...(name === '' ? {} : { 'gmr.in_flight.name': name }),
    ...(ageMs === undefined ? {} : { 'gmr.in_flight.age_ms': ageMs }),
    'gmr.in_flight.active': active,
    ...(request ? { 'http.request.method': request.method, 'url.path': request.path } : {}),
  };
}

function readActive(value: Value | undefined): InFlight | undefined {
  const span = readReference(value);
  return span && isMap(value) ? { ...span, kind: 'span', name: readText(value.name), active: true } : undefined;
}

function readSpan(value: ValueMap): InFlight | undefined {
  const span = readReference(value);
  return span && { ...span, kind: 'span', name: readText(value.name), ...readCommon(value) };
}

function readRequest(value: ValueMap): InFlight | undefined {
  const span = readReference(value.trace);
  const [method, path] = [readText(value.method), readText(value.path)];
  return (
    span && { ...span, kind: 'request', name: `${method} ${path}`, ...readCommon(value), request: { method, path } }
  );
}

function readCommon({ ageMs, active }: ValueMap) {
  return { ...(typeof ageMs === 'number' ? { ageMs } : {}), active: active === true };
}

function readReference(value: Value | undefined): SpanReference | undefined {
  if (!isMap(value)) return undefined;
  const [traceId, spanId] = [readText(value.traceId), readText(value.spanId)];
  const isValid = /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId);
  return isValid ? { traceId, spanId } : undefined;
}
