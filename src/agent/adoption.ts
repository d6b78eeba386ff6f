import { opendirSync } from 'node:fs';
import { isLocal } from '../files/local.js';
import { findSpoolDirectory } from '../state-directory.js';

/** Whether any report waits in the spool's directory: of an earlier process of this service, or of another one. */
export function hasSpooled(spoolDir: string | null, cwd: string): boolean {
  try {
    const directory = findSpoolDirectory(spoolDir, process.env, cwd);
    if (directory === undefined || !isLocal(directory)) return false;
    const entries = opendirSync(directory);
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        if (entry.isFile() && !entry.name.startsWith('.')) return true;
      }
      return false;
    } finally {
      entries.closeSync();
    }
  } catch {
    // The spool does not exist yet, or cannot be read: the first report says so.
    return false;
  }
}
