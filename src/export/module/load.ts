import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPlace } from '../../files/local.js';

/** A module of the program's, and the file that it is in. */
export interface Loaded {
  readonly file: string;
  readonly exports: unknown;
}

/**
 * Loads a module in this thread. `require` does it, for ES modules as well: `import` would read the files through libuv's pool.
 * It is not bounded, so the file has to be on a local file system; the modules that it loads are expected beside it.
 *
 * @param name a path, a `file:` URL or the name of a package
 * @param from absolute directories from which paths and names are looked up, the first one first
 * @throws Error with one line that says why
 */
export function loadModule(name: string, from: readonly string[]): Loaded {
  const file = findModule(name, from);
  try {
    return { file, exports: createRequire(file)(file) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_REQUIRE_ASYNC_MODULE')
      throw new Error(`${name} has a top-level await: its default export can be an async function instead`);
    throw new Error(`${name} cannot be loaded: ${describe(error)}`);
  }
}

/** @throws Error if there is no such module on a local file system */
export function findModule(name: string, from: readonly string[]): string {
  if (name.startsWith('file:') || isAbsolute(name)) {
    const path = name.startsWith('file:') ? fileURLToPath(name) : name;
    return requireLocal(resolveFrom(path, '/') ?? path);
  }
  for (const directory of from) {
    requireLocal(directory);
    const found = resolveFrom(name, directory);
    if (found !== undefined) return requireLocal(found);
  }
  throw new Error(`${name} is not installed in ${from.join(' or ')}`);
}

function resolveFrom(name: string, directory: string): string | undefined {
  try {
    return createRequire(join(directory, '_')).resolve(name);
  } catch {
    return undefined;
  }
}

function requireLocal(path: string): string {
  const place = findPlace(path);
  if (!place.isLocal) throw new Error(`${path} is not loaded: ${place.reason}`);
  return place.path;
}

function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split('\n')[0] ?? '';
}
