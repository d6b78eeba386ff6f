/** What is read of OTLP's JSON; everything in it came from elsewhere and is taken for nothing it does not prove to be. */

/** One log record with its resource, its attributes as a plain map. */
export interface StoredRecord {
  /** Milliseconds since the epoch; NaN where the record does not say. */
  readonly timeMs: number;
  readonly resource: ReadonlyMap<string, unknown>;
  readonly attributes: ReadonlyMap<string, unknown>;
  /** Plain data. */
  readonly body: unknown;
}

export type Signal = 'logs' | 'traces';

/** Deeper than any report's; a body that nests deeper is not read further. */
const MAX_DEPTH = 64;

const SHAPES = {
  logs: { top: 'resourceLogs', scope: 'scopeLogs', items: 'logRecords' },
  traces: { top: 'resourceSpans', scope: 'scopeSpans', items: 'spans' },
} as const;

/** How many records or spans a request holds. @throws TypeError, saying where, when it has not OTLP's shape. */
export function countItems(signal: Signal, request: unknown): number {
  const { top, scope, items } = SHAPES[signal];
  let count = 0;
  for (const [n, resource] of readList(request, top, 'the request').entries()) {
    for (const [m, one] of readList(resource, scope, `${top}[${n}]`).entries()) {
      const list = readList(one, items, `${top}[${n}].${scope}[${m}]`);
      const wrong = list.findIndex((item) => !isObject(item));
      if (wrong >= 0) throw new TypeError(`${top}[${n}].${scope}[${m}].${items}[${wrong}]: expected an object`);
      count += list.length;
    }
  }
  return count;
}

/** The log records of one request. @throws TypeError as `countItems` does. */
export function readRecords(request: unknown): StoredRecord[] {
  const records: StoredRecord[] = [];
  for (const group of readList(request, 'resourceLogs', 'the request')) {
    const { resource: about } = group as { resource?: unknown };
    const resource = readAttributes(isObject(about) ? about.attributes : undefined);
    for (const scope of readList(group, 'scopeLogs', 'resourceLogs')) {
      for (const record of readList(scope, 'logRecords', 'scopeLogs')) {
        if (!isObject(record)) continue;
        records.push({
          timeMs: readNumber(record.timeUnixNano) / 1e6,
          resource,
          attributes: readAttributes(record.attributes),
          body: readValue(record.body, 0),
        });
      }
    }
  }
  return records;
}

/** Protobuf's JSON writes an absent list as nothing, as null, or as an empty one. */
function readList(holder: unknown, key: string, where: string): readonly unknown[] {
  if (!isObject(holder)) throw new TypeError(`${where}: expected an object`);
  const list = holder[key] ?? [];
  if (!Array.isArray(list)) throw new TypeError(`${where}.${key}: expected a list`);
  return list;
}

function readAttributes(list: unknown): Map<string, unknown> {
  const attributes = new Map<string, unknown>();
  if (!Array.isArray(list)) return attributes;
  for (const entry of list) {
    if (isObject(entry) && typeof entry.key === 'string') attributes.set(entry.key, readValue(entry.value, 0));
  }
  return attributes;
}

/** An AnyValue as plain data. */
function readValue(value: unknown, depth: number): unknown {
  if (!isObject(value) || depth > MAX_DEPTH) return null;
  const { stringValue: text = value.bytesValue, boolValue: truth, intValue: number = value.doubleValue } = value;
  if (typeof text === 'string' || typeof truth === 'boolean') return text ?? truth;
  if (number !== undefined) return readNumber(number);
  const list = isObject(value.arrayValue) ? value.arrayValue.values : undefined;
  if (Array.isArray(list)) return list.map((item) => readValue(item, depth + 1));
  const map = isObject(value.kvlistValue) ? value.kvlistValue.values : undefined;
  if (!Array.isArray(map)) return null;
  const entries = map.filter(
    (entry): entry is { key: string; value: unknown } => isObject(entry) && typeof entry.key === 'string',
  );
  return Object.fromEntries(entries.map((entry) => [entry.key, readValue(entry.value, depth + 1)]));
}

/** Protobuf's JSON writes numbers of 64 bits, and NaN, as strings. Of anything else `Number` might throw. */
function readNumber(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
