/** Reads OTLP's JSON. All of it came from elsewhere: each value is checked before it is used. */

/** One log record with its resource. */
export interface StoredRecord {
  /** Milliseconds since the epoch; NaN if the record does not say. */
  readonly timeMs: number;
  readonly resource: ReadonlyMap<string, unknown>;
  readonly attributes: ReadonlyMap<string, unknown>;
  /** The body as plain data. A record may be one of a million, so its body is converted only if it is asked for. */
  readBody(): unknown;
}

export type Signal = 'logs' | 'traces';

/** Deeper than any report's; a value that nests deeper is read as null. */
const MAX_DEPTH = 64;
/** Attributes of a record or a resource that are read: OpenTelemetry's own default is 128. */
const MAX_ATTRIBUTES = 256;
/** Values that are read of a body: a body of ours has 200,000 bytes at most, and a value takes two. */
const MAX_VALUES = 100_000;

const SHAPES = {
  logs: { top: 'resourceLogs', scope: 'scopeLogs', items: 'logRecords' },
  traces: { top: 'resourceSpans', scope: 'scopeSpans', items: 'spans' },
} as const;

/** How many records or spans a request holds. @throws TypeError that names the place at which the request is not OTLP */
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

/** The log records of one request that belong to reports, one at a time. @throws TypeError as `countItems` does */
export function* readRecords(request: unknown): Generator<StoredRecord> {
  for (const group of readList(request, 'resourceLogs', 'the request')) {
    let resource: ReadonlyMap<string, unknown> | undefined;
    for (const scope of readList(group, 'scopeLogs', 'resourceLogs')) {
      for (const record of readList(scope, 'logRecords', 'scopeLogs')) {
        if (!isObject(record) || !isOfReport(record.attributes)) continue;
        resource ??= readAttributes(readResource(group));
        yield {
          timeMs: readNumber(record.timeUnixNano) / 1e6,
          resource,
          attributes: readAttributes(record.attributes),
          readBody: () => readValue(record.body, 0, { values: 0 }),
        };
      }
    }
  }
}

/** The items that `read` finds in a line of data. A line that is cut, by a full disk or the end of a process, ends them. */
export function* readLine<T>(line: string, read: (request: unknown) => Generator<T>): Generator<T> {
  try {
    yield* read(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
}

/** Protobuf's JSON writes an absent list as nothing, as null, or as an empty one. */
export function readList(holder: unknown, key: string, where: string): readonly unknown[] {
  if (!isObject(holder)) throw new TypeError(`${where}: expected an object`);
  const list = holder[key] ?? [];
  if (!Array.isArray(list)) throw new TypeError(`${where}.${key}: expected a list`);
  return list;
}

export function readResource(group: unknown): unknown {
  const { resource } = group as { resource?: unknown };
  return isObject(resource) ? resource.attributes : undefined;
}

function isOfReport(attributes: unknown): boolean {
  return firstOf(attributes, MAX_ATTRIBUTES).some((entry) => isObject(entry) && entry.key === 'gmr.report.id');
}

export function readAttributes(list: unknown): Map<string, unknown> {
  const attributes = new Map<string, unknown>();
  const budget = { values: 0 };
  for (const entry of firstOf(list, MAX_ATTRIBUTES)) {
    if (isObject(entry) && typeof entry.key === 'string') attributes.set(entry.key, readValue(entry.value, 0, budget));
  }
  return attributes;
}

function firstOf(list: unknown, count: number): readonly unknown[] {
  if (!Array.isArray(list)) return [];
  return list.length <= count ? list : list.slice(0, count);
}

/** An AnyValue as plain data. */
function readValue(value: unknown, depth: number, budget: { values: number }): unknown {
  budget.values += 1;
  if (!isObject(value) || depth > MAX_DEPTH || budget.values > MAX_VALUES) return null;
  const { stringValue: text = value.bytesValue, boolValue: truth, intValue: number = value.doubleValue } = value;
  if (typeof text === 'string' || typeof truth === 'boolean') return text ?? truth;
  if (number !== undefined) return readNumber(number);
  if (isObject(value.arrayValue))
    return firstOf(value.arrayValue.values, MAX_VALUES).map((item) => readValue(item, depth + 1, budget));
  if (!isObject(value.kvlistValue)) return null;
  const entries = firstOf(value.kvlistValue.values, MAX_VALUES).filter(
    (entry): entry is { key: string; value: unknown } => isObject(entry) && typeof entry.key === 'string',
  );
  return Object.fromEntries(entries.map((entry) => [entry.key, readValue(entry.value, depth + 1, budget)]));
}

/** Protobuf's JSON writes numbers of 64 bits, and NaN, as strings. `Number` might throw for another value. */
export function readNumber(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
