import type { Value } from '../report.js';
import type { Attributes, LogRecordContent } from './logs.js';
import { isMap, jsonBytes } from './plain.js';
import type { ResourceAttributes } from './resource.js';

/** Records with who sent them, as one OTLP request says. */
export interface Origin {
  readonly resource: ResourceAttributes;
  /** Of this package: the scope's. */
  readonly version: string;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
interface Line {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeLogs: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly logRecords: readonly LogRecord[];
    }[];
  }[];
}
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

const SCOPE = 'guru-meditation';
/** The collector's `otlpjsonfile` receiver passes by a line of 1 MiB. */
const MAX_LINE_BYTES = 1_000_000;

/** OTLP JSON Lines, as the SDK's own serializer writes them; the SDK need not be loaded for it. */
export function encodeLines({ resource, version }: Origin, contents: readonly LogRecordContent[]): string[] {
  const attributes = encodeMap(resource);
  const wrap = (logRecords: readonly LogRecord[]) => {
    const line: Line = {
      resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: SCOPE, version }, logRecords }] }],
    };
    return JSON.stringify(line);
  };
  const room = MAX_LINE_BYTES - Buffer.byteLength(wrap([]));
  const lines: LogRecord[][] = [];
  let left = 0;
  for (const content of contents) {
    const record = encodeRecord(content);
    const bytes = jsonBytes(record as unknown as Value) + 1;
    if (bytes > left) {
      lines.push([]);
      left = room;
    }
    lines.at(-1)?.push(record);
    left -= bytes;
  }
  return lines.map(wrap);
}

/** What `encodeLines` has written. @throws Error for a line that is something else. */
export function decodeLines(lines: readonly string[]): { origin: Origin; contents: LogRecordContent[] } {
  const contents: LogRecordContent[] = [];
  let origin: Origin | undefined;
  for (const line of lines) {
    const [group] = (JSON.parse(line) as Line).resourceLogs;
    const [scoped] = group?.scopeLogs ?? [];
    if (!group || !scoped || scoped.scope.name !== SCOPE) throw new Error('a line that is no report');
    origin ??= {
      resource: decodeMap(group.resource.attributes) as ResourceAttributes,
      version: scoped.scope.version,
    };
    contents.push(...scoped.logRecords.map(decodeRecord));
  }
  if (!origin || contents.length === 0) throw new Error('it is empty');
  return { origin, contents };
}

function encodeRecord(content: LogRecordContent): LogRecord {
  const [seconds, nanoseconds] = content.timestamp;
  const time = String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
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
  const time = BigInt(record.timeUnixNano);
  const body = decodeValue(record.body);
  if (!isMap(body) || typeof body.text !== 'string') throw new Error('a record without its text');
  if (!/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) throw new Error('a record without its ids');
  return {
    eventName: String(eventName),
    timestamp: [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)],
    severityNumber: severityNumber as LogRecordContent['severityNumber'],
    severityText: severityText as LogRecordContent['severityText'],
    body: body as unknown as LogRecordContent['body'],
    attributes: decodeMap(record.attributes) as Attributes,
    traceId,
    spanId,
  };
}

function encodeMap(map: { readonly [key: string]: Value | readonly string[] }): KeyValue[] {
  return Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .map((key) => ({ key, value: encodeValue(map[key] as Value) }));
}

function encodeValue(value: Value): AnyValue {
  if (value === null || value === undefined) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(encodeValue) } };
  return { kvlistValue: { values: encodeMap(value as { [key: string]: Value }) } };
}

function decodeMap(list: readonly KeyValue[]): { [key: string]: Value } {
  return Object.fromEntries(list.map(({ key, value }) => [key, decodeValue(value)]));
}

function decodeValue(value: AnyValue): Value {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(decodeValue);
  if (value.kvlistValue !== undefined) return decodeMap(value.kvlistValue.values ?? []);
  return null;
}
