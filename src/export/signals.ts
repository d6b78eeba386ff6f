import type { Item } from './http/opentelemetry.js';
import type { Signal } from './target-sources.js';
import type { LogRecordContent, SpanContent } from './wire/contents.js';
import type { LineCodec, Origin } from './wire/otlp-lines.js';
import { LOG_LINES } from './wire/otlp-logs.js';
import { SPAN_LINES } from './wire/otlp-spans.js';

/** The noun of a signal, its encoding, and its conversion to the SDK's items. */
export interface SignalKind<Content> {
  readonly signal: Signal;
  readonly noun: 'log record' | 'span';
  readonly lines: LineCodec<Content>;
  readonly toItems: (origin: Origin, contents: readonly Content[]) => Promise<Item[]>;
}

export const LOGS: SignalKind<LogRecordContent> = {
  signal: 'logs',
  noun: 'log record',
  lines: LOG_LINES,
  toItems: async (origin, contents) => (await import('./http/opentelemetry.js')).toLogItems(origin, contents),
};

export const TRACES: SignalKind<SpanContent> = {
  signal: 'traces',
  noun: 'span',
  lines: SPAN_LINES,
  toItems: async (origin, contents) => (await import('./http/opentelemetry.js')).toSpanItems(origin, contents),
};

/** Collectors take 20 MiB, but a proxy between may take 4, and answers a larger request with a final 413. */
const MAX_REQUEST_BYTES = 3.5 * 1024 * 1024;

/** The log records, or spans, of one request. */
export interface Batch {
  readonly count: number;
  toItems(): Promise<Item[]>;
}

/** Lines of an entry, packed into requests. @throws Error if a line is not a report's */
export function packBatches<Content>(kind: SignalKind<Content>, lines: readonly string[]): readonly Batch[] {
  const groups: { readonly lines: string[]; bytes: number }[] = [];
  for (const line of lines) {
    const bytes = Buffer.byteLength(line);
    const group = groups.at(-1);
    if (group && group.bytes + bytes <= MAX_REQUEST_BYTES) {
      group.lines.push(line);
      group.bytes += bytes;
    } else groups.push({ lines: [line], bytes });
  }
  if (groups.length === 0) throw new Error('it is empty');
  return groups.map((group) => {
    const { origin, contents } = kind.lines.decode(group.lines);
    return { count: contents.length, toItems: () => kind.toItems(origin, contents) };
  });
}
