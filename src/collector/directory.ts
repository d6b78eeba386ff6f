import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findStateDirectory } from '../state-directory.js';

/** `guru-meditation/collector` in the state directory of the user, else of the system's temporary files. */
export function defaultDirectory(environment: { readonly [name: string]: string | undefined } = process.env): string {
  return join(findStateDirectory(environment), 'collector');
}

/**
 * Makes the directory where it is missing, for this user alone.
 *
 * @throws the system's error when it cannot be written to; Error when it is another user's, who could read it: in a
 * shared directory for temporary files anyone can make it first.
 */
export async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await access(directory, constants.W_OK | constants.X_OK);
  const user = process.getuid?.();
  const { uid } = await stat(directory);
  if (user !== undefined && user !== 0 && uid !== user)
    throw new Error(`it belongs to user ${uid}: expected one of your own, user ${user}`);
}
