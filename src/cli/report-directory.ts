import { followReports } from '../collector/follow.js';
import { loadReport, openReports, type ReportCatalogue } from '../collector/listing.js';
import type { StoredReport } from '../collector/reports.js';
import { CommandError } from './usage.js';

/** The reports in a collector's directory. @throws CommandError if it cannot be read */
export function openReportDirectory(directory: string): Promise<ReportCatalogue> {
  return explainErrors(directory, async () => {
    const reports = openReports(directory);
    await reports.refresh();
    return reports;
  });
}

/** One of them with all of its sections. @throws CommandError */
export async function readReport(directory: string, reports: ReportCatalogue, id: string): Promise<StoredReport> {
  const report = await explainErrors(directory, () => loadReport(reports, id));
  if (!report) throw new CommandError(`report ${id} was deleted from ${directory} just now: it was the oldest`);
  return report;
}

/** Those that come from now on, each once. It never ends. @throws CommandError if the directory can no longer be read */
export async function* followDirectory(directory: string, reports: ReportCatalogue): AsyncGenerator<StoredReport> {
  const coming = followReports(reports);
  for (;;) {
    const next = await explainErrors(directory, () => coming.next());
    if (next.done) return;
    yield next.value;
  }
}

async function explainErrors<T>(directory: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CommandError(`there is no ${directory}: has a collector run? (gmr collect)`);
    throw new CommandError(`${directory} cannot be read: ${message}`);
  }
}
