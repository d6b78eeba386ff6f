import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { readLokiRecords } from '../collector/loki.js';
import { readRecords, type StoredRecord } from '../collector/otlp.js';
import { addRecord, type StoredReport } from '../collector/reports.js';
import { CommandError } from './usage.js';

/**
 * The reports in a file, or on stdin for `-`: an answer of Loki's, what logcli prints, or OTLP JSON, whole or a line each.
 * Oldest first.
 *
 * @throws CommandError
 */
export async function readFrom(path: string): Promise<StoredReport[]> {
  const reports = new Map<string, StoredReport>();
  for (const value of parse(await read(path), path))
    for (const record of toRecords(value, path)) addRecord(reports, record, true);
  return [...reports.values()].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

async function read(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandError(`--from ${path} cannot be read: ${(error as Error).message}`);
  }
}

function parse(content: string, path: string): unknown[] {
  try {
    return [JSON.parse(content)];
  } catch {
    // A line each, perhaps.
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
      return readRecords(value);
    } catch (error) {
      throw new CommandError(`--from ${path}: ${(error as Error).message}`);
    }
  }
  throw new CommandError(`--from ${path}: expected log records: an answer of Loki's, logcli's lines, or OTLP JSON`);
}
