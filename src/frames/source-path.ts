import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStats } from '../files/read.js';
import { isReadableSource } from './project.js';

export interface SourcePath {
  /** A path if the name gives one, else the map's own name. */
  readonly shown: string;
  /** Where it may be read; see `isReadableSource`. */
  readonly readable?: string;
}

/** Bundlers' names for files below the project: `webpack://app/./src/a.ts`, `turbopack:///[project]/src/a.ts`. */
const VIRTUAL =
  /^(?:webpack|webpack-internal|turbopack|rspack|rollup|ng|parcel|meteor|vite|bun|app):\/\/(?:[^/]*)\/(.*)$/;

/** `App.vue?vue&type=script`: the part of a file that a loader has taken. */
const QUERY = /\?[^/]*$/;

/** The file that a source's name in a map stands for; `mapPath` is the map's, `project` the generated file's. */
export function resolveSource(source: string, mapPath: string, project: string): SourcePath {
  if (source.includes('\0')) return { shown: source };
  const virtual = VIRTUAL.exec(source);
  if (virtual) {
    // `(rsc)/` is a layer of webpack's, as Next.js has them.
    const inside = (virtual[1] ?? '').replace(/^(?:\[project\]|\([\w-]+\))\//, '').replace(QUERY, '');
    // Bundlers are run in the package; in a workspace that lies between the project and the map.
    const readable = [...ancestors(dirname(mapPath), project)]
      .map((directory) => join(directory, inside))
      .concat(isAbsolute(inside) ? [inside] : [])
      .find((path) => isReadableSource(path, project));
    return readable === undefined ? { shown: source } : { shown: readable, readable };
  }
  const path = toPath(source, mapPath);
  if (path === undefined) return { shown: source };
  return isReadableSource(path, project) ? { shown: path, readable: path } : { shown: path };
}

function toPath(source: string, mapPath: string): string | undefined {
  // Not a letter and a colon alone: that is a Windows drive.
  if (/^[\w+.-]{2,}:/.test(source)) {
    try {
      return source.startsWith('file:') ? fileURLToPath(source) : undefined;
    } catch {
      return undefined;
    }
  }
  const path = isAbsolute(source) ? resolve(source) : resolve(dirname(mapPath), source);
  if (!/[%?]/.test(path) || exists(path)) return path;
  const bare = path.replace(QUERY, '');
  // Names in a map are URLs, though few tools write them so.
  return [bare, decode(bare)].find(exists) ?? path;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function* ancestors(from: string, to: string): Generator<string> {
  for (let directory = from, depth = 0; depth < 32; depth += 1) {
    yield directory;
    if (directory === to || dirname(directory) === directory) return;
    directory = dirname(directory);
  }
}

function exists(path: string): boolean {
  return readStats(path)?.isFile() === true;
}
