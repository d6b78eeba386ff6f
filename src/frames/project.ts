import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';

/**
 * The directory whose sources a generated file may be made of: the nearest one above it with a named package, or the
 * workspace around that; without a package, the parent of the file's directory (`dist` beside `src`).
 */
export function findProject(generatedPath: string): string {
  const start = dirname(generatedPath);
  let project: string | undefined;
  let directory = start;
  for (let depth = 0; depth < MAX_DEPTH && dirname(directory) !== directory; depth += 1) {
    const found = readPackage(directory);
    // `dist/package.json` often has nothing but a `type`.
    if (project === undefined && found?.name) project = directory;
    if (found?.workspace) return directory;
    // A package that was installed is a project of its own.
    if (basename(dirname(directory)) === 'node_modules' && project !== undefined) break;
    directory = dirname(directory);
  }
  if (project !== undefined) return project;
  const parent = dirname(start);
  return dirname(parent) === parent ? start : parent;
}

/**
 * Whether a file that a source map names may be read: a map is anybody's text, and a report must not show a line of
 * `/etc/shadow`, or of a key, because a map says that it is a source. So: source code by its extension, a regular file,
 * inside `project`, wherever links lead.
 */
export function isReadableSource(path: string, project: string): boolean {
  if (!isSourceCode(path)) return false;
  try {
    const real = realpathSync(path);
    return isSourceCode(real) && isInside(real, realpathSync(project)) && statSync(real).isFile();
  } catch {
    return false;
  }
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
const MAX_PACKAGE_BYTES = 1024 * 1024;

function isInside(path: string, directory: string): boolean {
  const inside = resolve(path);
  return directory !== resolve(sep) && inside.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function readPackage(directory: string): { readonly name: boolean; readonly workspace: boolean } | undefined {
  const path = join(directory, 'package.json');
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > MAX_PACKAGE_BYTES) return undefined;
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content !== 'object' || content === null) return undefined;
    const name = 'name' in content && typeof content.name === 'string';
    return { name, workspace: 'workspaces' in content || exists(join(directory, 'pnpm-workspace.yaml')) };
  } catch {
    return undefined;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
