import { listReports, loadReport } from '../collector/listing.js';
import type { StoredReport } from '../collector/reports.js';
import { CommandError } from './usage.js';

/** The reports in a collector's directory, oldest first. @throws CommandError if it cannot be read */
export function readReportList(directory: string): Promise<StoredReport[]> {
  return explainErrors(directory, () => listReports(directory));
}

/** One of them with all of its sections. @throws CommandError */
export async function readReport(directory: string, id: string): Promise<StoredReport> {
  const report = await explainErrors(directory, () => loadReport(directory, id));
  if (!report) throw new CommandError(`report ${id} was deleted from ${directory} just now: it was the oldest`);
  return report;
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
