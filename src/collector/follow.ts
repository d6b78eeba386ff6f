import { setTimeout as sleep } from 'node:timers/promises';
import type { ReportCatalogue } from './listing.js';
import { isComplete, type StoredReport } from './reports.js';

const POLL_MS = 500;
/** Milliseconds after which an incomplete report is listed as it is. */
const PATIENCE_MS = 5000;

/** The reports that come to a directory from now on, each once, when it is complete. It never ends. */
export async function* followReports(reports: ReportCatalogue): AsyncGenerator<StoredReport> {
  const told = new Set(reports.list().map(({ id }) => id));
  const since = new Map<string, number>();
  for (; ; await sleep(POLL_MS)) {
    await reports.refresh();
    for (const report of reports.list()) {
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
