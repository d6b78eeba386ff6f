import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeMissingDirectories } from '../files/write.js';
import { findStateDirectory } from '../state-directory.js';

/** `guru-meditation/collector` in the user's state directory, else in the system's directory for temporary files. */
export function defaultDirectory(environment: { readonly [name: string]: string | undefined } = process.env): string {
  return join(findStateDirectory(environment), 'collector');
}

/**
 * Makes the directory if it is missing, for this user alone. It may be on any file system: the collector is a process of
 * its own, and harms no other if it has to wait.
 *
 * @throws Error with the system's code if it cannot be made or written to; Error if it belongs to another user, who could
 * read the reports: in a shared directory for temporary files anyone can make it first
 */
export async function prepareDirectory(directory: string): Promise<void> {
  makeMissingDirectories(directory);
  await access(directory, constants.W_OK | constants.X_OK);
  const user = process.getuid?.();
  const { uid } = await stat(directory);
  if (user !== undefined && user !== 0 && uid !== user)
    throw new Error(`it belongs to user ${uid}: expected a directory of user ${user}`);
}
