import type { AnyValue } from '@opentelemetry/api-logs';
import type { LoggerProvider, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { type CreateBuilder, packBatches } from './batch.js';
import type { LogRecordContent } from './logs.js';
import { loadApi, loadSdkLogs } from './opentelemetry.js';
import { wireBytes } from './plain.js';
import { makeResource } from './resource.js';

/** Makes the SDK's log records, with a logger provider of our own: the application's has a fate of its own. */
export const createLogBuilder: CreateBuilder<LogRecordContent> = async (attributes, version) => {
  const { ROOT_CONTEXT, trace, TraceFlags } = loadApi();
  const { LoggerProvider } = loadSdkLogs();
  const resource = await makeResource(attributes);
  const collected: ReadableLogRecord[] = [];
  const provider: LoggerProvider = new LoggerProvider({
    resource,
    processors: [
      {
        onEmit: (record) => void collected.push(record),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  const logger = provider.getLogger('guru-meditation', version);
  return (contents) => {
    for (const { traceId, spanId, timestamp, body, ...content } of contents) {
      const spanContext = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
      logger.emit({
        ...content,
        body: body as AnyValue,
        timestamp,
        // Its own time, not the clock's: a record that is sent twice is to be the same.
        observedTimestamp: timestamp,
        context: trace.setSpanContext(ROOT_CONTEXT, spanContext),
      });
    }
    return packBatches(collected.splice(0), (index) => {
      const { body = { text: '' }, attributes: own = {} } = contents[index] ?? {};
      return wireBytes({ ...body }) + wireBytes(own);
    });
  };
};
