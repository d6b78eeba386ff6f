import { createHash } from 'node:crypto';
import { Catalogue } from './catalogue.js';
import type { Row } from './index-file.js';
import { toTime } from './iso-time.js';
import type { Kind } from './kind.js';
import { readLine } from './otlp.js';
import { createSlices } from './slices.js';
import { readSpans, type StoredSpan } from './spans.js';

/** The facts of a trace, of the spans that have come. */
export interface TraceFacts {
  /** 32 lower-case hex digits. */
  readonly id: string;
  /** ISO 8601: the start of its first span. */
  readonly time: string;
  readonly endMs: number;
  readonly spans: number;
  readonly errors: number;
  /** The name of the span without a parent; until that has come, the name of the first span. */
  readonly name: string;
  readonly hasRoot: boolean;
  readonly services: readonly string[];
  /** The ids of the reports that were made during it. */
  readonly reports: readonly string[];
  /** One word for each batch of its spans, and a space: a batch that was sent twice counts once. */
  readonly batches: string;
}

export type TraceCatalogue = Catalogue<TraceFacts>;

const MAX_SERVICES = 20;
const MAX_REPORTS = 100;
const BATCH_CHARACTERS = 8;
/** Batches of one trace that are remembered: the last ones. */
const MAX_BATCHES = 100;
/** The root span of a report's own trace; its id is the trace's. */
export const OWN_ROOT = 'guru meditation report';

const TRACES: Kind<TraceFacts> = {
  signal: 'traces',
  word: 'spanId',
  maxThings: 50_000,
  extract: extractTraces,
  toRow: ({ id, time, endMs, spans, errors, name, hasRoot, services, reports, batches }) => [
    id,
    Date.parse(time),
    '',
    endMs,
    spans,
    errors,
    name,
    hasRoot ? 1 : 0,
    services.join('\n'),
    reports.join('\n'),
    batches,
  ],
  createReader: () => ({ read: readRow, merge }),
  isAlike: (one, other) => one.time === other.time,
};

/** @param onTrouble as for `Catalogue` */
export function openTraces(directory: string, onTrouble?: (sentence: string) => void): TraceCatalogue {
  return new Catalogue(directory, TRACES, onTrouble);
}

/** The traces of one request of spans. @throws TypeError if it is not OTLP */
export async function extractTraces(request: unknown): Promise<readonly TraceFacts[]> {
  const traces = new Map<string, { facts: TraceFacts; readonly spanIds: Set<string> }>();
  const slice = createSlices();
  for (const span of readSpans(request)) {
    const known = traces.get(span.traceId);
    if (!known) traces.set(span.traceId, { facts: toFacts(span), spanIds: new Set([span.spanId]) });
    else if (!known.spanIds.has(span.spanId)) {
      known.spanIds.add(span.spanId);
      known.facts = merge(known.facts, toFacts(span));
    }
    const pause = slice();
    if (pause) await pause;
  }
  return [...traces.values()].map(({ facts, spanIds }) => ({ ...facts, batches: nameBatch(spanIds) }));
}

/** Equal for equal spans in any order. */
function nameBatch(spanIds: Iterable<string>): string {
  const name = createHash('sha256')
    .update([...spanIds].sort().join())
    .digest('base64url');
  return `${name.slice(0, BATCH_CHARACTERS)} `;
}

/** The spans of one trace, each once, in the order of their start. */
export async function loadTrace(traces: TraceCatalogue, id: string, limit: number): Promise<readonly StoredSpan[]> {
  const spans = new Map<string, StoredSpan>();
  const slice = createSlices();
  for await (const line of traces.readLines(id)) {
    for (const span of readLine(line, readSpans)) {
      if (span.traceId === id) spans.set(span.spanId, span);
      if (spans.size >= limit) return sortSpans(spans.values());
      const pause = slice();
      if (pause) await pause;
    }
  }
  return sortSpans(spans.values());
}

function sortSpans(spans: Iterable<StoredSpan>): readonly StoredSpan[] {
  return [...spans].sort((a, b) => a.startMs - b.startMs || (a.spanId < b.spanId ? -1 : 1));
}

function toFacts(span: StoredSpan): TraceFacts {
  return {
    id: span.traceId,
    time: toTime(span.startMs),
    endMs: span.endMs,
    spans: 1,
    errors: span.isError ? 1 : 0,
    name: span.name,
    hasRoot: span.parentSpanId === '',
    services: [span.service],
    reports: span.reports,
    batches: '',
  };
}

/** @param other of one batch, or one span */
function merge(one: TraceFacts, other: TraceFacts): TraceFacts {
  if (other.batches !== '' && one.batches.includes(other.batches)) return one;
  const [first] = [one, other].sort((a, b) => Number(b.hasRoot) - Number(a.hasRoot) || (a.time < b.time ? -1 : 1));
  return {
    id: one.id,
    time: one.time !== '' && (other.time === '' || one.time <= other.time) ? one.time : other.time,
    endMs: Math.max(one.endMs, other.endMs),
    spans: one.spans + other.spans,
    errors: one.errors + other.errors,
    name: first?.name ?? '',
    hasRoot: one.hasRoot || other.hasRoot,
    services: [...new Set([...one.services, ...other.services])].slice(0, MAX_SERVICES),
    reports: [...new Set([...one.reports, ...other.reports])].slice(0, MAX_REPORTS),
    batches: `${one.batches}${other.batches}`.slice(-MAX_BATCHES * (BATCH_CHARACTERS + 1)),
  };
}

function readRow([id, timeMs, , endMs, spans, errors, name, hasRoot, services, reports, batches]: Row): TraceFacts {
  const list = (text: unknown) =>
    String(text ?? '')
      .split('\n')
      .filter(Boolean);
  return {
    id,
    time: toTime(timeMs),
    endMs: Number(endMs),
    spans: Number(spans),
    errors: Number(errors),
    name: String(name ?? ''),
    hasRoot: hasRoot === 1,
    services: list(services),
    reports: list(reports),
    batches: String(batches ?? ''),
  };
}
