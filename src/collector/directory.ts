import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** `guru-meditation/collector` in the state directory of the user, else of the system's temporary files. */
export function defaultDirectory(environment: { readonly [name: string]: string | undefined } = process.env): string {
  return join(findState(environment), 'guru-meditation', 'collector');
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

function findState({ XDG_STATE_HOME: state, HOME }: { readonly [name: string]: string | undefined }): string {
  // The specification has a relative one ignored.
  if (state && isAbsolute(state)) return state;
  const home = HOME ?? findHome();
  return home ? join(home, '.local', 'state') : tmpdir();
}

function findHome(): string {
  try {
    return homedir();
  } catch {
    // A user without an entry in the user database.
    return '';
  }
}
