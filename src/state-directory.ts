import { accessSync, constants } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { findPlace } from './files/local.js';
import { pathIn } from './files/path-in.js';

type Environment = { readonly [name: string]: string | undefined };

/**
 * `guru-meditation` in the state directory of the user, else one of the user's own among the system's temporary files.
 */
export function findStateDirectory(environment: Environment = process.env): string {
  return findUsable(listStateDirectories(environment));
}

/** Where reports wait until a collector has taken them. */
export interface SpoolPlace {
  /** On a local file system; undefined: they wait in memory. */
  readonly directory: string | undefined;
  /** A sentence, if it is another place than the configured or usual one. */
  readonly problem?: string;
}

/** `spoolDir`: the value of `GMR_SPOOL_DIR`, null if it is not set. */
export function chooseSpool(
  spoolDir: string | null,
  environment: Environment = process.env,
  cwd = process.cwd(),
): SpoolPlace {
  const places = listSpoolDirectories(spoolDir, environment, cwd);
  const remote = places.map((directory) => ({ directory, place: findPlace(directory) }));
  const local = remote.filter(({ place }) => place.isLocal).map(({ directory }) => directory);
  const directory = local.length === 0 ? undefined : findUsable(local);
  const [first] = remote;
  if (first === undefined || first.place.isLocal) return { directory };
  const name = spoolDir === null ? '' : 'GMR_SPOOL_DIR=';
  return {
    directory,
    problem: `${name}${first.directory} is not used (${first.place.reason}): reports wait in ${directory ?? 'memory'}`,
  };
}

/** The directory of `chooseSpool`. */
export function findSpoolDirectory(
  spoolDir: string | null,
  environment: Environment = process.env,
  cwd = process.cwd(),
): string | undefined {
  return chooseSpool(spoolDir, environment, cwd).directory;
}

/** Reports wait in the first of these that can be written to. Empty for `none`. */
export function listSpoolDirectories(
  spoolDir: string | null,
  environment: Environment = process.env,
  cwd = process.cwd(),
): readonly string[] {
  if (spoolDir === null) return listStateDirectories(environment).map((directory) => pathIn(directory, 'spool'));
  return spoolDir.toLowerCase() === 'none' ? [] : [resolve(cwd, spoolDir)];
}

function listStateDirectories({ XDG_STATE_HOME: state, HOME }: Environment): readonly string[] {
  const places: string[] = [];
  // The specification says that a relative one is ignored.
  if (state && isAbsolute(state)) places.push(pathIn(state, 'guru-meditation'));
  const home = HOME ?? findHome();
  if (home && isAbsolute(home) && home !== '/') places.push(pathIn(home, '.local/state/guru-meditation'));
  // Not imported: main needs it at the end, and hardly ever.
  const { tmpdir } = process.getBuiltinModule('node:os');
  return [...places, pathIn(tmpdir(), `guru-meditation-${process.getuid?.() ?? 'user'}`)];
}

/** The first directory that can be written to, or made; without one, the first of all: a write says why. */
function findUsable(places: readonly string[]): string {
  return (places.length > 1 ? places.find(canBeWritten) : undefined) ?? (places[0] as string);
}

function canBeWritten(directory: string): boolean {
  if (!findPlace(directory).isLocal) return false;
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
    return process.getBuiltinModule('node:os').homedir();
  } catch {
    // A user without an entry in the user database.
    return '';
  }
}
