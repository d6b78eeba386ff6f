import type { StoredReport } from '../collector/reports.js';
import { listReports, loadReport } from '../collector/store.js';
import { CommandError } from './usage.js';

/** The reports of a collector's directory, oldest first. @throws CommandError when it cannot be read. */
export function readList(directory: string): Promise<StoredReport[]> {
  return read(directory, () => listReports(directory));
}

/** One of them with all that came of it. @throws CommandError */
export async function readReport(directory: string, id: string): Promise<StoredReport> {
  const report = await read(directory, () => loadReport(directory, id));
  if (!report) throw new CommandError(`report ${id} has just gone from ${directory}: it was the oldest`);
  return report;
}

async function read<T>(directory: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CommandError(`there is no ${directory}: has a collector run? (gmr collect)`);
    throw new CommandError(`${directory} cannot be read: ${message}`);
  }
}
