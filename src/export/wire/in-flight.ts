import { namePlace } from '../../place-name.js';
import { isMap, type Report, type SpanReference, type Value, type ValueMap } from '../../report.js';
import type { Attributes } from './contents.js';
import { listMaps, readText } from './plain.js';

/** A span of the application that was in flight, or a request that carried a span's ids. */
export interface InFlight extends SpanReference {
  readonly kind: 'request' | 'span';
  readonly name: string;
  readonly ageMs?: number;
  /** Main's code ran in it. */
  readonly active: boolean;
  readonly request?: { readonly method: string; readonly path: string };
  /** `loadCart cart.mjs:9`: where the code that serves the request was suspended. */
  readonly waitsAt?: string;
}

/**
 * Spans and requests in flight that belong to a trace, each span once: the one that main's code ran in first, then the oldest. Redaction
 * may have left masks in place of numbers and ids; an item without valid ids is skipped.
 */
export function listInFlight({ sections }: Report): readonly InFlight[] {
  const data: Value = sections.find(({ name }) => name === 'in_flight')?.data ?? null;
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
    // The list of spans tells more of the active span than its ids.
    each.set(key, known === undefined ? one : join(known, one));
  }
  return [...each.values()].sort((a, b) => Number(b.active) - Number(a.active) || (b.ageMs ?? 0) - (a.ageMs ?? 0));
}

function join(known: InFlight, other: InFlight): InFlight {
  return { ...other, ...known, name: known.name || other.name, active: known.active || other.active };
}

/** Attributes of a link, or of a mark. */
export function describeInFlight({ kind, name, ageMs, active, request, waitsAt }: InFlight): Attributes {
  return {
    'gmr.in_flight.kind': kind,
    ...(name === '' ? {} : { 'gmr.in_flight.name': name }),
    ...(ageMs === undefined ? {} : { 'gmr.in_flight.age_ms': ageMs }),
    'gmr.in_flight.active': active,
    ...(waitsAt === undefined ? {} : { 'gmr.in_flight.waits_at': waitsAt }),
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
    span && {
      ...span,
      kind: 'request',
      name: `${method} ${path}`,
      ...readCommon(value),
      request: { method, path },
      ...readWait(value.waitsAt),
    }
  );
}

function readWait(value: Value | undefined): Pick<InFlight, 'waitsAt'> {
  if (!isMap(value)) return {};
  const { function: name, file, line } = value;
  return { waitsAt: namePlace({ function: readText(name), file: readText(file), line: Number(line) || 0 }) };
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

/** Traces that get a mark: a process that is stuck may have thousands of requests waiting. */
const MAX_MARKS = 100;

/** A log record in a trace of the application: it says that a report was made during it, and names the report. */
export interface Mark {
  readonly traceId: string;
  readonly spanId: string;
  readonly text: string;
  readonly attributes: Attributes;
}

/** One for each trace that was in flight: the one that main's code ran in first, then the oldest. */
export function listMarks(report: Report): { readonly marks: readonly Mark[]; readonly leftOut: number } {
  const traces = new Map<string, InFlight>();
  for (const one of listInFlight(report)) {
    const known = traces.get(one.traceId);
    // A request's ids are those of a span of its caller, if the application has spans of its own.
    if (known === undefined) traces.set(one.traceId, one);
    else {
      const chosen = known.kind === 'request' && one.kind === 'span' ? one : known;
      const waitsAt = known.waitsAt ?? one.waitsAt;
      traces.set(one.traceId, { ...chosen, ...(waitsAt === undefined ? {} : { waitsAt }) });
    }
  }
  const chosen = [...traces.values()];
  return {
    marks: chosen.slice(0, MAX_MARKS).map((one) => makeMark(report, one)),
    leftOut: Math.max(0, chosen.length - MAX_MARKS),
  };
}

function makeMark({ id, header }: Report, one: InFlight): Mark {
  const { traceId, spanId, name, ageMs, active, waitsAt } = one;
  const age = ageMs === undefined ? '' : ` for ${Math.round(ageMs)} ms`;
  const ran = active ? ", and main's code ran in it" : '';
  const waited = waitsAt === undefined ? '' : `, and its code waited at ${waitsAt}`;
  const text = `Guru Meditation report ${id} (${header.trigger}): ${name || 'this span'} had been in flight${age}${ran}${waited}`;
  return { traceId, spanId, text: text.toWellFormed(), attributes: describeInFlight(one) };
}
