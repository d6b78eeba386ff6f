import type { Attributes, SpanContent, SpanLink } from './contents.js';
import { createLineCodec } from './otlp-lines.js';
import { decodeMap, decodeTime, encodeMap, encodeTime, type KeyValue, readId } from './otlp-values.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events: readonly never[];
  readonly status: { readonly code: number; readonly message?: string };
  readonly links: readonly Link[];
  readonly droppedLinksCount: number;
  readonly flags: number;
}
interface Link {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly KeyValue[];
  readonly flags: number;
}

const INTERNAL = 1;
const UNSET = 0;
const ERROR = 2;
/** Sampled, and known to be of this process. */
const FLAGS = 0x101;

export const SPAN_LINES = createLineCodec(
  { top: 'resourceSpans', scoped: 'scopeSpans', items: 'spans' },
  encodeSpan,
  decodeSpan,
);

function encodeSpan(content: SpanContent): Span {
  const { traceId, spanId, parentSpanId, name, startTime, endTime, attributes, links, linksLeftOut, error } = content;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: INTERNAL,
    startTimeUnixNano: encodeTime(startTime),
    endTimeUnixNano: encodeTime(endTime),
    attributes: encodeMap(attributes),
    events: [],
    status: error === undefined ? { code: UNSET } : { code: ERROR, message: error },
    links: links.map((link) => ({
      attributes: encodeMap(link.attributes),
      spanId: link.spanId,
      traceId: link.traceId,
      flags: FLAGS,
    })),
    droppedLinksCount: linksLeftOut,
    flags: FLAGS,
  };
}

function decodeSpan(span: Span): SpanContent {
  const { parentSpanId, status } = span;
  return {
    name: String(span.name),
    traceId: readId(span.traceId, 32),
    spanId: readId(span.spanId, 16),
    ...(parentSpanId === undefined ? {} : { parentSpanId: readId(parentSpanId, 16) }),
    startTime: decodeTime(span.startTimeUnixNano),
    endTime: decodeTime(span.endTimeUnixNano),
    attributes: decodeMap(span.attributes) as Attributes,
    links: span.links.map(decodeLink),
    linksLeftOut: span.droppedLinksCount,
    ...(status.code === ERROR ? { error: status.message ?? '' } : {}),
  };
}

function decodeLink({ traceId, spanId, attributes }: Link): SpanLink {
  return {
    traceId: readId(traceId, 32),
    spanId: readId(spanId, 16),
    attributes: decodeMap(attributes) as Attributes,
  };
}
