import type { StoredReport } from '../collector/reports.js';
import { readReports } from '../collector/store.js';
import { CommandError } from './usage.js';

/** The reports of a collector's directory, oldest first. @throws CommandError when there is no such directory. */
export async function readDirectory(directory: string): Promise<StoredReport[]> {
  try {
    return await readReports(directory);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CommandError(`there is no ${directory}: has a collector run? (gmr collect)`);
    throw new CommandError(`${directory} cannot be read: ${message}`);
  }
}
