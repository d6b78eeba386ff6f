import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { findPlace } from '../files/local.js';
import { readManifest } from '../files/manifest.js';
import { readStats } from '../files/read.js';

/**
 * The directory whose sources a generated file may be made of: the nearest one above it with a named package, or the
 * workspace around that; without a package, the parent of the file's directory (`dist` beside `src`).
 */
export function findProject(generatedPath: string): string {
  const start = dirname(generatedPath);
  let project: string | undefined;
  let directory = start;
  for (let depth = 0; depth < MAX_DEPTH && dirname(directory) !== directory; depth += 1) {
    const manifest = readManifest(directory);
    // `dist/package.json` often has nothing but a `type`.
    if (project === undefined && typeof manifest?.name === 'string') project = directory;
    if (manifest && ('workspaces' in manifest || exists(join(directory, 'pnpm-workspace.yaml')))) return directory;
    // A package that was installed is a project of its own.
    if (basename(dirname(directory)) === 'node_modules' && project !== undefined) break;
    directory = dirname(directory);
  }
  if (project !== undefined) return project;
  const parent = dirname(start);
  return dirname(parent) === parent ? start : parent;
}

/**
 * Whether a file that a source map names may be read: anybody may have written the map, and a report must not show a line of
 * `/etc/shadow`, or of a key, because a map says that it is a source. So: source code by its extension, a regular file,
 * inside `project`, wherever links lead.
 */
export function isReadableSource(path: string, project: string): boolean {
  if (!isSourceCode(path)) return false;
  const real = findPlace(path);
  const inside = findPlace(project);
  if (!real.isLocal || !inside.isLocal || !isSourceCode(real.path)) return false;
  return isInside(real.path, inside.path) && readStats(real.path)?.isFile() === true;
}

/** Whether a file is program text by its extension. */
export function isSourceCode(path: string): boolean {
  return EXTENSIONS.has(extname(path).toLowerCase());
}

const EXTENSIONS: ReadonlySet<string> = new Set(
  '.js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .astro .mdx .coffee .civet .elm .re .res .ml .fs .kt .cljs .cljc .scala .dart .gleam .purs .imba .ejs .pug'.split(
    ' ',
  ),
);
const MAX_DEPTH = 32;

function isInside(path: string, directory: string): boolean {
  const inside = resolve(path);
  return directory !== resolve(sep) && inside.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function exists(path: string): boolean {
  return readStats(path) !== undefined;
}
