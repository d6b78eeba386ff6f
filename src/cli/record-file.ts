import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { READ } from '../collector/lines.js';
import { sortByTime } from '../collector/listing.js';
import { readLokiRecords } from '../collector/loki.js';
import { readRecords, type StoredRecord } from '../collector/otlp.js';
import { addRecord, type StoredReport } from '../collector/reports.js';
import { isPrintedLine, toPrintedRecords } from './printed-lines.js';
import { CommandError } from './usage.js';

/**
 * The reports in a file of log records, oldest first, as `readRecordFile` reads it.
 *
 * @param option the one that names the file
 * @throws CommandError
 */
export async function readReportsFrom(option: string, path: string): Promise<StoredReport[]> {
  const reports = new Map<string, StoredReport>();
  for (const record of await readRecordFile(option, path)) addRecord(reports, record, true);
  return sortByTime(reports.values());
}

/**
 * The log records in a file: an answer of Loki's, lines of logcli, OTLP JSON, or reports that were printed as JSON. The file
 * is one JSON value, or has one on each line; other lines between them are skipped.
 *
 * @param option the one that names the file; '' if none does
 * @param path `-` for stdin
 * @throws CommandError if the file has no report, or cannot be read
 */
export async function readRecordFile(option: string, path: string): Promise<StoredRecord[]> {
  const name = `${option} ${path}`.trim();
  const content = await readAll(name, path, `${option} -`.trim());
  const whole = parse(content);
  const values = whole === undefined ? content.split('\n').map(parse) : [whole];
  const records = [
    ...values.flatMap((value) => toRecords(value, name) ?? []),
    ...toPrintedRecords(values.filter(isPrintedLine)),
  ];
  if (records.length > 0 || values.some((value) => toRecords(value, name))) return records;
  throw new CommandError(
    values.some((value) => value !== undefined)
      ? `${name}: expected log records: an answer of Loki's, logcli's lines, OTLP JSON, or a report as JSON`
      : `${name}: expected JSON, or a JSON object a line`,
  );
}

/** @param stdin how stdin is asked for */
async function readAll(name: string, path: string, stdin: string): Promise<string> {
  if (path === '-') return text(process.stdin);
  try {
    const file = await open(path, READ);
    try {
      if ((await file.stat()).isFile()) return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new CommandError(`${name} cannot be read: ${(error as Error).message}`);
  }
  throw new CommandError(`${name} is not a regular file: for a pipe, use ${stdin} and stdin`);
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** Undefined if the value holds no log records. */
function toRecords(value: unknown, name: string): StoredRecord[] | undefined {
  const records = readLokiRecords(value);
  if (records) return records;
  if (typeof value !== 'object' || value === null || !('resourceLogs' in value)) return undefined;
  try {
    return [...readRecords(value)];
  } catch (error) {
    throw new CommandError(`${name}: ${(error as Error).message}`);
  }
}
