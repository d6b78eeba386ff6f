import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { sortByTime } from '../collector/listing.js';
import { readLokiRecords } from '../collector/loki.js';
import { readRecords, type StoredRecord } from '../collector/otlp.js';
import { addRecord, type StoredReport } from '../collector/reports.js';
import { CommandError } from './usage.js';

/** Opening a FIFO then waits for no writer. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * The reports in a file of log records, oldest first. The file has an answer of Loki's, lines of logcli's, or OTLP JSON:
 * one JSON value, or one on each line.
 *
 * @param path `-` for stdin
 * @throws CommandError
 */
export async function readReportsFrom(path: string): Promise<StoredReport[]> {
  const reports = new Map<string, StoredReport>();
  for (const value of parseJson(await readAll(path), path))
    for (const record of toRecords(value, path)) addRecord(reports, record, true);
  return sortByTime(reports.values());
}

async function readAll(path: string): Promise<string> {
  if (path === '-') return text(process.stdin);
  try {
    const file = await open(path, READ);
    try {
      if ((await file.stat()).isFile()) return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new CommandError(`--from ${path} cannot be read: ${(error as Error).message}`);
  }
  throw new CommandError(`--from ${path} is not a regular file: for a pipe, use --from - and stdin`);
}

function parseJson(content: string, path: string): unknown[] {
  try {
    return [JSON.parse(content)];
  } catch {
    // Not one value: perhaps one on each line.
  }
  const lines = content.split('\n').filter((line) => line.trim() !== '');
  try {
    return lines.map((line): unknown => JSON.parse(line));
  } catch (error) {
    throw new CommandError(`--from ${path}: expected JSON, or a JSON object a line: ${(error as Error).message}`);
  }
}

function toRecords(value: unknown, path: string): StoredRecord[] {
  const records = readLokiRecords(value);
  if (records) return records;
  if (typeof value === 'object' && value !== null && 'resourceLogs' in value) {
    try {
      return [...readRecords(value)];
    } catch (error) {
      throw new CommandError(`--from ${path}: ${(error as Error).message}`);
    }
  }
  throw new CommandError(`--from ${path}: expected log records: an answer of Loki's, logcli's lines, or OTLP JSON`);
}
