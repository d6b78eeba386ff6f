import type { PlainLogRecord } from '../protocol.js';
import { SPAN } from './in-flight/sdk.js';

/** A log record as the Logs API of OpenTelemetry takes it: `logger.emit(record)`. */
export interface GeneratedLogRecord extends Omit<PlainLogRecord, 'traceId' | 'spanId'> {
  readonly observedTimestamp: PlainLogRecord['timestamp'];
  /** An OpenTelemetry `Context`: the record belongs to the report's trace, not to the span that is active. */
  readonly context: Context;
}

/** The interface of `Context` in @opentelemetry/api, which main does not load. */
interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
  deleteValue(key: symbol): Context;
}

const SAMPLED = 1;

export function toLogRecord({ traceId, spanId, ...record }: PlainLogRecord): GeneratedLogRecord {
  const spanContext = { traceId, spanId, traceFlags: SAMPLED };
  const span = { spanContext: () => spanContext, isRecording: () => false };
  return { ...record, observedTimestamp: record.timestamp, context: createContext(new Map([[SPAN, span]])) };
}

function createContext(values: ReadonlyMap<symbol, unknown>): Context {
  return {
    getValue: (key) => values.get(key),
    setValue: (key, value) => createContext(new Map([...values, [key, value]])),
    deleteValue: (key) => createContext(new Map([...values].filter(([one]) => one !== key))),
  };
}
