import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readTextFile, type TextFile } from '../files/text-file.js';
import type { IsPast } from '../v8/deadline.js';
import { parseSourceMap, type SourceMap } from './source-map.js';

export interface SourceMapFile {
  readonly map: SourceMap;
  /** The base of its relative sources. */
  readonly path: string;
  /** When the map was written; that of the generated file for a map inside it. */
  readonly mtimeMs: number;
  /** Characters of JSON it was read from. */
  readonly size: number;
}

const MAX_MAP_BYTES = 32 * 1024 * 1024;
const KEY = 'sourceMappingURL=';
/** Places that only look like the comment: a bundled tool's own string constants. */
const MAX_TRIES = 20;

/** The source map that the last `sourceMappingURL` comment of a generated file names; never one from the network. Throws as `readTextFile`. */
export function readSourceMapOf(generated: TextFile, isPast: IsPast): SourceMapFile | undefined {
  const url = findMapUrl(generated.text);
  if (url === undefined) return undefined;
  if (url.startsWith('data:')) {
    const json = decodeDataUrl(url);
    return toFile(json, generated.path, generated.mtimeMs);
  }
  for (const path of toPaths(url, generated.path)) {
    const file = readTextFile(path, MAX_MAP_BYTES, isPast);
    if (file) return toFile(file.text, file.path, file.mtimeMs);
  }
  return undefined;
}

/** `//# sourceMappingURL=…`, `//@ …` or `/*# …`: the last one counts. */
export function findMapUrl(text: string): string | undefined {
  let at = text.length;
  for (let tries = 0; tries < MAX_TRIES && at > 0; tries += 1) {
    at = text.lastIndexOf(KEY, at - 1);
    if (at < 0) return undefined;
    const opening = /\/([/*])[#@][ \t]+$/.exec(text.slice(Math.max(0, at - 16), at));
    if (!opening) continue;
    const start = at + KEY.length;
    const rest = text.slice(start);
    // A name with a space that is not encoded: the line has nothing else.
    const end = /^[^\s"'`*]{1,200}(?: [^\s"'`*]{1,200}){1,20}\.map(?=\s*$)/.exec(rest)?.[0].length ?? rest.search(/\s/);
    const word = end < 0 ? rest : rest.slice(0, end);
    const url = opening[1] === '*' && word.endsWith('*/') ? word.slice(0, -2) : word;
    if (url.startsWith('data:') || /^[^'"`]+$/.test(url)) return url;
  }
  return undefined;
}

function toFile(json: string | undefined, path: string, mtimeMs: number): SourceMapFile | undefined {
  const map = json === undefined ? undefined : parseSourceMap(json);
  return map && json !== undefined ? { map, path, mtimeMs, size: json.length } : undefined;
}

function decodeDataUrl(url: string): string | undefined {
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  try {
    const body = url.slice(comma + 1);
    if (/;\s*base64$/i.test(url.slice(0, comma))) return Buffer.from(body, 'base64').toString('utf8');
    return decodeURIComponent(body);
  } catch {
    return undefined;
  }
}

/** Relative to the generated file: as a URL, and as the file's plain name, whose signs some tools do not encode. */
function toPaths(url: string, generatedPath: string): readonly string[] {
  const plain = /^[\w+.-]{2,}:|^\/\//.test(url) ? [] : [resolve(dirname(generatedPath), url)];
  try {
    const resolved = new URL(url, pathToFileURL(generatedPath));
    const isFile = resolved.protocol === 'file:' && resolved.host === '';
    return isFile ? [fileURLToPath(resolved), ...plain] : plain;
  } catch {
    return plain;
  }
}
