import { accessSync, constants } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

type Environment = { readonly [name: string]: string | undefined };

/** `guru-meditation` in the state directory of the user, else one of the user's own among the system's temporary files. */
export function findStateDirectory(environment: Environment = process.env): string {
  return findUsable(listStateDirectories(environment));
}

/** Where reports wait until a collector has taken them; `spoolDir`: what `GMR_SPOOL_DIR` says. Undefined for `none`. */
export function findSpoolDirectory(
  spoolDir: string | null,
  environment: Environment = process.env,
  cwd = process.cwd(),
): string | undefined {
  const places = listSpoolDirectories(spoolDir, environment, cwd);
  return places.length === 0 ? undefined : findUsable(places);
}

/** The first of these that can be written to is where they wait; empty for `none`. */
export function listSpoolDirectories(
  spoolDir: string | null,
  environment: Environment = process.env,
  cwd = process.cwd(),
): readonly string[] {
  if (spoolDir === null) return listStateDirectories(environment).map((directory) => join(directory, 'spool'));
  return spoolDir.toLowerCase() === 'none' ? [] : [resolve(cwd, spoolDir)];
}

function listStateDirectories({ XDG_STATE_HOME: state, HOME }: Environment): readonly string[] {
  const places: string[] = [];
  // The specification has a relative one ignored.
  if (state && isAbsolute(state)) places.push(join(state, 'guru-meditation'));
  const home = HOME ?? findHome();
  if (home && isAbsolute(home) && home !== '/') places.push(join(home, '.local', 'state', 'guru-meditation'));
  return [...places, join(tmpdir(), `guru-meditation-${process.getuid?.() ?? 'user'}`)];
}

/** Of several the first that can be written to, or made; where none can, the first: what is wrong there is told. */
function findUsable(places: readonly string[]): string {
  return (places.length > 1 ? places.find(canBeWritten) : undefined) ?? (places[0] as string);
}

function canBeWritten(directory: string): boolean {
  for (let place = directory; ; place = dirname(place)) {
    try {
      accessSync(place, constants.W_OK | constants.X_OK);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || place === dirname(place)) return false;
    }
  }
}

function findHome(): string {
  try {
    return homedir();
  } catch {
    // A user without an entry in the user database.
    return '';
  }
}
