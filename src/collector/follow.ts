import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listReports } from './listing.js';
import type { StoredReport } from './reports.js';
import { isComplete } from './reports.js';

const POLL_MS = 500;
/** A report whose records have not all come is listed after so long as it is. */
const PATIENCE_MS = 5000;

/** The reports that come to a directory from now on, each once, when it is complete. It never ends. @param known the reports that are there already */
export async function* followReports(directory: string, known: readonly StoredReport[]): AsyncGenerator<StoredReport> {
  const told = new Set(known.map(({ id }) => id));
  const since = new Map<string, number>();
  let mark = await readMark(directory);
  for (;;) {
    await sleep(POLL_MS);
    const now = await readMark(directory);
    if (now === mark && since.size === 0) continue;
    mark = now;
    for (const report of await listReports(directory)) {
      if (told.has(report.id)) continue;
      const firstMs = since.get(report.id) ?? performance.now();
      since.set(report.id, firstMs);
      if (!isComplete(report) && performance.now() - firstMs < PATIENCE_MS) continue;
      since.delete(report.id);
      told.add(report.id);
      yield report;
    }
  }
}

/** Changes with each arrival: with the file that is written to, or with the files of the directory. */
async function readMark(directory: string): Promise<string> {
  const marks = [directory, join(directory, 'logs.jsonl')].map(async (path) => {
    try {
      const { size, mtimeMs, ino } = await stat(path);
      return `${ino}:${size}:${mtimeMs}`;
    } catch {
      return '';
    }
  });
  return (await Promise.all(marks)).join();
}
