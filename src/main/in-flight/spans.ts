import { setImmediate } from 'node:timers';
import { readClockMs } from '../../clock.js';
import type { InFlightSpan, SpanReference } from '../../report.js';
import { boundText } from '../characters.js';
import { quietly } from '../quietly.js';
import type { FoundSpan } from './active-span.js';
import { readAttributes } from './attributes.js';
import type { SdkSpan, TrackingProcessor } from './sdk.js';
import { toSpanReference } from './traceparent.js';

/** Spans that are tracked one by one; further ones are counted only. */
const MAX_TRACKED = 10_000;
/** Spans that a report shows, oldest first. */
const MAX_SHOWN = 300;
const MAX_NAME = 1000;
/** Milliseconds of the hook that writing the report's id into spans may take; the rest follows when the loop turns. */
const MARK_MS = 2;
/** Starts between two sweeps for collected spans, while the table is full. */
const SWEEP_EVERY = 1000;
const REPORT_ID = 'gmr.report.id';
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const SERVER = 1;

export type SpanFact = Omit<InFlightSpan, 'active'>;

export interface SpanTracker {
  readonly processor: TrackingProcessor;
  /** Called for each server span as it starts. */
  onServerSpan: ((span: SpanReference) => void) | undefined;
  /** Takes a span that has started before it could be seen. */
  adopt(span: SdkSpan): void;
  /** `active` is shown in any case if it is recording, even if it started before it could be tracked. */
  read(active: FoundSpan | undefined): { readonly spans: readonly SpanFact[]; readonly count: number };
  /** Writes the report's id into every span that is recording. */
  mark(report: string, active: FoundSpan | undefined): void;
  /** The resource of the oldest span. */
  resource(): unknown;
}

const TRACKER = Symbol.for('guru-meditation.spans.1');

/** The tracker of this process, which all loaded copies of this package share. */
export function spanTracker(): SpanTracker {
  const global = globalThis as { [TRACKER]?: SpanTracker };
  if (global[TRACKER]) return global[TRACKER];
  alone ??= createSpanTracker();
  Reflect.set(global, TRACKER, alone);
  return alone;
}

/** The tracker of this copy alone: other copies cannot find it if the global object is frozen. */
let alone: SpanTracker | undefined;

/** Keeps the spans that have started and not ended, oldest first, by weak references. */
function createSpanTracker(): SpanTracker {
  const tracked = new Map<string, WeakRef<SdkSpan>>();
  const counted = new WeakSet<SdkSpan>();
  let countedOnly = 0;
  let sinceSweep = 0;
  const collected = new FinalizationRegistry<WeakSet<SdkSpan>>((of) => {
    if (of === counted) countedOnly -= 1;
  });

  const count = (span: SdkSpan) => {
    if (counted.has(span)) return;
    counted.add(span);
    countedOnly += 1;
    collected.register(span, counted, span);
  };
  const uncount = (span: SdkSpan) => {
    if (countedOnly === 0 || !counted.delete(span)) return;
    countedOnly -= 1;
    collected.unregister(span);
  };
  const sweep = () => {
    sinceSweep = 0;
    for (const [id, ref] of tracked) if (isOver(ref.deref())) tracked.delete(id);
  };
  const start = (span: SdkSpan) => {
    const { spanId } = span.spanContext() as { spanId: string };
    if (tracked.size >= MAX_TRACKED && ++sinceSweep >= SWEEP_EVERY) sweep();
    if (tracked.size < MAX_TRACKED) tracked.set(spanId, new WeakRef(span));
    else if (!tracked.has(spanId)) count(span);
    if (span.kind !== SERVER) return;
    const reference = toSpanReference(span.spanContext());
    if (reference) tracker.onServerSpan?.(reference);
  };
  const end = (span: SdkSpan) => {
    const { spanId } = span.spanContext() as { spanId: string };
    if (!tracked.delete(spanId)) uncount(span);
  };

  const tracker: SpanTracker = {
    processor: {
      // A span of another shape must not harm the code that started it.
      onStart: (span) => quietly(() => start(span as SdkSpan)),
      onEnd: (span) => quietly(() => end(span as SdkSpan)),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
    onServerSpan: undefined,
    adopt(span) {
      if (isRecording(span)) tracker.processor.onStart(span);
    },
    read(active) {
      sweep();
      const spans: SpanFact[] = [];
      const show = (span: SdkSpan | undefined) => {
        const fact = span && quietly(() => describeSpan(span));
        if (fact) spans.push(fact);
      };
      for (const ref of tracked.values()) {
        if (spans.length >= MAX_SHOWN) break;
        show(ref.deref());
      }
      const isShown = spans.some(({ spanId }) => spanId === active?.reference.spanId);
      if (!isShown && isRecording(active?.span)) show(active?.span);
      spans.sort((a, b) => b.ageMs - a.ageMs);
      return { spans, count: Math.max(tracked.size + countedOnly, spans.length) };
    },
    mark(report, active) {
      const refs = [...tracked.values()];
      markAll(active ? [new WeakRef(active.span), ...refs] : refs, report);
    },
    resource() {
      for (const ref of tracked.values()) {
        const span = ref.deref();
        if (span) return span.resource;
      }
      return undefined;
    },
  };
  return tracker;
}

function isRecording(span: SdkSpan | undefined): boolean {
  return quietly(() => span?.isRecording?.() === true) === true;
}

function isOver(span: SdkSpan | undefined): boolean {
  return span === undefined || span.ended === true;
}

function describeSpan(span: SdkSpan): SpanFact | undefined {
  const reference = toSpanReference(span.spanContext());
  if (!reference) return undefined;
  const parent = (span.parentSpanContext as { spanId?: unknown } | undefined)?.spanId ?? span.parentSpanId;
  return {
    ...reference,
    ...(typeof parent === 'string' ? { parentSpanId: parent } : {}),
    name: boundText(quietly(() => String(span.name ?? '')) ?? '', MAX_NAME),
    kind: KINDS[span.kind as number] ?? 'internal',
    ageMs: ageOf(span.startTime),
    attributes: readAttributes(span.attributes),
  };
}

function ageOf(startTime: unknown): number {
  // Another one's spans may have none, or one of another kind.
  const [seconds = Number.NaN, nanoseconds = 0] = Array.isArray(startTime) ? (startTime as number[]) : [];
  const ageMs = Date.now() - (seconds * 1000 + nanoseconds / 1e6);
  return Number.isFinite(ageMs) ? Math.max(0, Math.round(ageMs)) : 0;
}

function markAll(refs: readonly WeakRef<SdkSpan>[], report: string, from = 0): void {
  const endMs = readClockMs() + MARK_MS;
  for (let n = from; n < refs.length; n += 1) {
    // The clock is read for every 32nd span only: reading it costs more than a span does.
    if (n % 32 === 31 && readClockMs() > endMs) {
      setImmediate(() => markAll(refs, report, n)).unref();
      return;
    }
    const span = refs[n]?.deref();
    if (span) quietly(() => isOver(span) || markSpan(span, report));
  }
}

/** Writes a string, or an array if several reports were made while the span was running. */
function markSpan(span: SdkSpan, report: string): void {
  if (!isRecording(span)) return;
  const before = (span.attributes as { [name: string]: unknown } | undefined)?.[REPORT_ID];
  const reports = (Array.isArray(before) ? before : [before]).filter((id) => typeof id === 'string');
  if (reports.includes(report)) return;
  span.setAttribute?.(REPORT_ID, reports.length === 0 ? report : [...reports, report]);
}
