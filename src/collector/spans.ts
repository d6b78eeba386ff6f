import { isObject, readAttributes, readList, readNumber, readResource } from './otlp.js';

/** A span that has ended, as OTLP has it. */
export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isError: boolean;
  /** The ids of the reports that were made while it lasted. */
  readonly reports: readonly string[];
  readonly attributes: ReadonlyMap<string, unknown>;
}

const MAX_NAME_CHARACTERS = 200;

/** The spans of one request, one at a time. @throws TypeError as `countItems` does */
export function* readSpans(request: unknown): Generator<StoredSpan> {
  for (const group of readList(request, 'resourceSpans', 'the request')) {
    let service: string | undefined;
    for (const scope of readList(group, 'scopeSpans', 'resourceSpans')) {
      for (const span of readList(scope, 'spans', 'scopeSpans')) {
        if (!isObject(span)) continue;
        const traceId = readId(span.traceId, 32);
        const spanId = readId(span.spanId, 16);
        if (traceId === '' || spanId === '') continue;
        service ??= readName(readAttributes(readResource(group)).get('service.name'));
        const attributes = readAttributes(span.attributes);
        yield {
          traceId,
          spanId,
          parentSpanId: readId(span.parentSpanId, 16),
          name: readName(span.name),
          service,
          startMs: readNumber(span.startTimeUnixNano) / 1e6,
          endMs: readNumber(span.endTimeUnixNano) / 1e6,
          isError: isObject(span.status) && (span.status.code === 2 || span.status.code === 'STATUS_CODE_ERROR'),
          reports: readReports(attributes.get('gmr.report.id')),
          attributes,
        };
      }
    }
  }
}

/** A string, or a list if several reports were made. */
function readReports(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((id) => typeof id === 'string' && /^[0-9a-f]{32}$/.test(id));
}

function readId(value: unknown, digits: number): string {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/i.test(value) ? value.toLowerCase() : '';
}

/** In one line: an index separates the services of a trace by line feeds. */
function readName(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('\n', ' ').slice(0, MAX_NAME_CHARACTERS) : '';
}
