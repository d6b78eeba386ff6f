import type { SpanReference } from '../../report.js';

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
/** W3C Trace Context: version, trace id, parent id, flags; a later version may have more behind a dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/** The span that a `traceparent` header names; undefined if the header does not follow the specification. */
export function parseTraceparent(header: unknown): SpanReference | undefined {
  if (typeof header !== 'string') return undefined;
  const [, version, traceId, spanId, more] = TRACEPARENT.exec(header.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return toSpanReference({ traceId, spanId });
}

/** The ids of a `spanContext()`; undefined if they are invalid. */
export function toSpanReference(context: unknown): SpanReference | undefined {
  const { traceId, spanId } = (context ?? {}) as { traceId?: unknown; spanId?: unknown };
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return undefined;
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId) ? { traceId, spanId } : undefined;
}
