import { type Context, createContextKey, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import type { AnyValue } from '@opentelemetry/api-logs';
import type { Resource } from '@opentelemetry/resources';
import {
  LoggerProvider,
  type LogRecordProcessor,
  type ReadableLogRecord,
  type ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs';
import type { SectionRecord } from './logs.js';

const INTO = createContextKey('guru-meditation records');

/**
 * Turns section records into the SDK's. Its own processors send what they get and lose what is not taken; this one
 * only collects, so that the exporter's own answer is known.
 */
export function createEmitter(
  resource: Resource,
  version: string,
): (records: readonly SectionRecord[]) => ReadableLogRecord[] {
  const processor: LogRecordProcessor = {
    onEmit(record: ReadWriteLogRecord, context?: Context) {
      (context?.getValue(INTO) as ReadableLogRecord[] | undefined)?.push(record);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const logger = new LoggerProvider({ resource, processors: [processor] }).getLogger('guru-meditation', version);
  return (records) => {
    const emitted: ReadableLogRecord[] = [];
    for (const record of records) {
      const { traceId, spanId, time, body, severityNumber, severityText, eventName, attributes } = record;
      const span = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
      logger.emit({
        eventName,
        timestamp: time,
        severityNumber,
        severityText,
        body: body as AnyValue,
        attributes,
        context: trace.setSpanContext(ROOT_CONTEXT.setValue(INTO, emitted), span),
      });
    }
    return emitted;
  };
}
