import { isObject, type StoredRecord } from './otlp.js';

/** The attributes that are read. Loki writes `_` for `.`, and every value as text. */
const RESOURCE = ['service.name', 'host.name', 'process.pid'];
const TEXTS = [
  'gmr.report.id',
  'gmr.report.trigger',
  'gmr.main.state',
  'gmr.verdict',
  'gmr.section.name',
  'gmr.section.title',
  'gmr.section.status',
  'log.record.uid',
  // The cause, by which reports are grouped and searched.
  'code.function.name',
  'code.file.path',
  'code.line.number',
  'gmr.main.stack_hash',
  'gmr.main.request',
  'gmr.suspended.place',
  'gmr.suspended.hash',
  'exception.type',
  'exception.message',
];
const COUNTS = ['gmr.section.index', 'gmr.section.count', 'gmr.section.part', 'gmr.section.parts'];

type Labels = { readonly [name: string]: unknown };

/**
 * The log records in Loki's answer to `/loki/api/v1/query_range`, or in a line of `logcli --output=jsonl`. A line that the
 * query has formatted becomes the record's text.
 *
 * @returns undefined if the value is neither
 */
export function readLokiRecords(answer: unknown): StoredRecord[] | undefined {
  if (!isObject(answer)) return undefined;
  if (isObject(answer.labels) && typeof answer.line === 'string')
    return [toRecord(answer.labels, Date.parse(String(answer.timestamp)), answer.line)];
  const result = isObject(answer.data) && answer.data.resultType === 'streams' ? answer.data.result : undefined;
  if (!Array.isArray(result)) return undefined;
  return result.flatMap((stream: unknown) => {
    if (!isObject(stream) || !isObject(stream.stream) || !Array.isArray(stream.values)) return [];
    const labels = stream.stream;
    return stream.values.flatMap((value: unknown) => {
      if (!Array.isArray(value) || typeof value[1] !== 'string') return [];
      return [toRecord({ ...labels, ...readCategories(value[2]) }, Number(value[0]) / 1e6, value[1])];
    });
  });
}

/** Labels that are not indexed follow the line if the request asked for them. */
function readCategories(value: unknown): Labels {
  if (!isObject(value)) return {};
  const { structuredMetadata, parsed } = value;
  return { ...(isObject(structuredMetadata) ? structuredMetadata : {}), ...(isObject(parsed) ? parsed : {}) };
}

function toRecord(labels: Labels, timeMs: number, line: string): StoredRecord {
  const pick = (names: readonly string[], read: (value: unknown) => unknown): [string, unknown][] =>
    names
      .map((name): [string, unknown] => [name, labels[name.replaceAll('.', '_')]])
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => [name, read(value)]);
  return {
    timeMs,
    resource: new Map(pick(RESOURCE, String)),
    attributes: new Map([...pick(TEXTS, String), ...pick(COUNTS, Number)]),
    readBody: () => readBody(line),
  };
}

function readBody(line: string): unknown {
  try {
    const body: unknown = JSON.parse(line);
    return isObject(body) && 'text' in body ? body : line;
  } catch {
    return line;
  }
}
