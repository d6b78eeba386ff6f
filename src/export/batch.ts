import type { AnyValue } from '@opentelemetry/api-logs';
import type { LoggerProvider, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { LogRecordContent } from './logs.js';
import { loadApi, loadSdkLogs } from './opentelemetry.js';
import { wireBytes } from './plain.js';
import { makeResource, type ResourceAttributes } from './resource.js';

/** What goes out in one request. */
export interface Batch {
  readonly records: ReadableLogRecord[];
  /** Never less than the request's, without the resource. */
  readonly bytes: number;
}

export type BuildBatches = (contents: readonly LogRecordContent[]) => readonly Batch[];

/** Collectors take 20 MiB, but what stands between may take 4, and answers what is larger with a final 413. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/** For the resource, which is bounded well beneath. */
const RESERVED_BYTES = 256 * 1024;
/** A record without body and attributes. */
const RECORD_BYTES = 512;

/** Makes the SDK's log records, with a logger provider of our own: the application's has a fate of its own. */
export async function createBatchBuilder(attributes: ResourceAttributes, version: string): Promise<BuildBatches> {
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
    return pack(collected.splice(0), contents);
  };
}

function pack(records: readonly ReadableLogRecord[], contents: readonly LogRecordContent[]): readonly Batch[] {
  const batches: { records: ReadableLogRecord[]; bytes: number }[] = [];
  records.forEach((record, index) => {
    const { body = { text: '' }, attributes = {} } = contents[index] ?? {};
    const bytes = RECORD_BYTES + wireBytes({ ...body }) + wireBytes(attributes);
    const batch = batches.at(-1);
    if (batch && batch.bytes + bytes <= MAX_REQUEST_BYTES - RESERVED_BYTES) {
      batch.records.push(record);
      batch.bytes += bytes;
    } else batches.push({ records: [record], bytes });
  });
  return batches;
}
