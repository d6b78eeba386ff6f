import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines } from './lines.js';
import { readRecords, type Signal, type StoredRecord } from './otlp.js';
import { addRecord, type StoredReport } from './reports.js';
import { createSlices } from './slices.js';

/** `SERVICE.TIME.ID[.PART].OWNER.jsonl`; see export/spool.ts. */
const SPOOLED = /^[\w-]+\.\d{13}\.[0-9a-f]{32}(?:\.(?!traces)[a-z-]+\d*)?\.[\w-]+\.jsonl$/;
/** Only the newest are listed: more than a full directory of usual reports holds, for a sender can make up millions of ids. */
const MAX_REPORTS = 20_000;

/** The reports in a collector's directory or a spool's, oldest first, without the texts of their sections. */
export async function listReports(directory: string): Promise<StoredReport[]> {
  const reports = await scan(directory, 'gmr.report.id', false);
  return sortByTime(reports.values());
}

/** One report with all of its sections. */
export async function loadReport(directory: string, id: string): Promise<StoredReport | undefined> {
  return (await scan(directory, id, true)).get(id);
}

export function sortByTime(reports: Iterable<StoredReport>): StoredReport[] {
  return [...reports].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

/** Oldest first: `logs-20261124091201123.jsonl`, then `logs.jsonl`. */
export async function listFiles(directory: string, signal: Signal): Promise<string[]> {
  const pattern = new RegExp(`^${signal}(-\\d+)?\\.jsonl$`);
  return (await readdir(directory)).filter((name) => pattern.test(name)).sort();
}

/** Reads line by line; only lines that contain `word` are parsed. */
async function scan(directory: string, word: string, keepBodies: boolean): Promise<Map<string, StoredReport>> {
  const reports = new Map<string, StoredReport>();
  const slice = createSlices();
  for (const name of [...(await listSpooled(directory)), ...(await listFiles(directory, 'logs'))]) {
    try {
      for await (const line of readLines(join(directory, name))) {
        if (!line.includes(word)) continue;
        for (const record of parseLine(line)) {
          if (!keepBodies || record.attributes.get('gmr.report.id') === word) addRecord(reports, record, keepBodies);
          if (reports.size > MAX_REPORTS) forgetFirst(reports);
          const pause = slice();
          if (pause) await pause;
        }
      }
    } catch (error) {
      // The file was deleted since it was listed: it was the oldest.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return reports;
}

/** A line that was cut off, by a full disk or the end of a process, ends its own records only. */
function* parseLine(line: string): Generator<StoredRecord> {
  try {
    yield* readRecords(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
}

function forgetFirst(reports: Map<string, StoredReport>): void {
  for (const id of reports.keys()) {
    reports.delete(id);
    return;
  }
}

/** The files of a spool, one for each report. */
async function listSpooled(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => SPOOLED.test(name)).sort();
}
