import { isMap } from '../../report.js';
import type { Attributes, LogRecordContent } from './contents.js';
import { createLineCodec } from './otlp-lines.js';
import {
  type AnyValue,
  decodeMap,
  decodeTime,
  decodeValue,
  encodeMap,
  encodeTime,
  encodeValue,
  type KeyValue,
  readId,
} from './otlp-values.js';

interface LogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

export const LOG_LINES = createLineCodec(
  { top: 'resourceLogs', scoped: 'scopeLogs', items: 'logRecords' },
  encodeRecord,
  decodeRecord,
);

function encodeRecord(content: LogRecordContent): LogRecord {
  const time = encodeTime(content.timestamp);
  const { severityNumber, severityText, eventName, body, attributes, traceId, spanId } = content;
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber,
    severityText,
    body: encodeValue({ ...body }),
    eventName,
    attributes: encodeMap(attributes),
    flags: 1,
    traceId,
    spanId,
  };
}

function decodeRecord(record: LogRecord): LogRecordContent {
  const { severityNumber, severityText, eventName, traceId, spanId } = record;
  const body = decodeValue(record.body);
  if (!isMap(body) || typeof body.text !== 'string') throw new Error('a record has no text');
  return {
    eventName: String(eventName),
    timestamp: decodeTime(record.timeUnixNano),
    severityNumber: severityNumber as LogRecordContent['severityNumber'],
    severityText: severityText as LogRecordContent['severityText'],
    body: { text: body.text, ...(body.data === undefined ? {} : { data: body.data }) },
    attributes: decodeMap(record.attributes) as Attributes,
    traceId: readId(traceId, 32),
    spanId: readId(spanId, 16),
  };
}
