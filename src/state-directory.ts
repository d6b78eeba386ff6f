import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

type Environment = { readonly [name: string]: string | undefined };

/** `guru-meditation` in the state directory of the user, else one of the user's own among the system's temporary files. */
export function findStateDirectory(environment: Environment = process.env): string {
  const { XDG_STATE_HOME: state, HOME } = environment;
  // The specification has a relative one ignored.
  if (state && isAbsolute(state)) return join(state, 'guru-meditation');
  const home = HOME ?? findHome();
  if (home && isAbsolute(home) && home !== '/') return join(home, '.local', 'state', 'guru-meditation');
  return join(tmpdir(), `guru-meditation-${process.getuid?.() ?? 'user'}`);
}

/** Where reports wait until a collector has taken them; `spoolDir`: what `GMR_SPOOL_DIR` says. Undefined for `none`. */
export function findSpoolDirectory(
  spoolDir: string | null,
  environment: Environment = process.env,
  cwd = process.cwd(),
): string | undefined {
  if (spoolDir === null) return join(findStateDirectory(environment), 'spool');
  return spoolDir.toLowerCase() === 'none' ? undefined : resolve(cwd, spoolDir);
}

function findHome(): string {
  try {
    return homedir();
  } catch {
    // A user without an entry in the user database.
    return '';
  }
}
