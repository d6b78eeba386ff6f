import { readStats } from '../files/read.js';
import { readTextFile, type TextFile } from '../files/text-file.js';
import type { IsPast } from '../v8/deadline.js';
import { indexLines, type Lines } from './lines.js';
import { findProject } from './project.js';
import { readSourceMapOf, type SourceMapFile } from './source-map-file.js';

/** A script as it is on disk, with the map that it names. */
export interface ScriptFile extends TextFile {
  readonly lines: Lines;
  readonly map?: ScriptMap;
}

export interface ScriptMap extends SourceMapFile {
  /** Where its sources may be; see `findProject`. */
  readonly project: string;
  /** The lines of a source's text, if the map contains it. */
  linesOf(source: string, content: string): Lines;
}

export interface FileCache {
  /** Checks every file once more for a change, except files for which there was no time. */
  refresh(isPast: IsPast): void;
  /** A program's text file of at most 8 MB. Throws as `readTextFile`. */
  read(path: string): ScriptFile | undefined;
}

interface Entry {
  readonly file: ScriptFile | undefined;
  readonly weight: number;
  /** The refresh at which it was looked at. */
  checked: number;
}

const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Characters and files kept from one report to the next. */
const MAX_WEIGHT = 32 * 1024 * 1024;
const MAX_ENTRIES = 256;

/** Scripts and maps by path, kept until they change or room is needed: the least recently read go first. */
export function createFileCache(): FileCache {
  const entries = new Map<string, Entry>();
  let weight = 0;
  let round = 0;
  let isOver: IsPast = () => false;

  const forget = (path: string) => {
    weight -= entries.get(path)?.weight ?? 0;
    entries.delete(path);
  };
  const keep = (path: string, entry: Entry) => {
    entries.set(path, entry);
    weight += entry.weight;
    for (const oldest of entries.keys()) {
      if ((weight <= MAX_WEIGHT && entries.size <= MAX_ENTRIES) || oldest === path) break;
      forget(oldest);
    }
  };

  return {
    refresh(isPast) {
      round += 1;
      isOver = isPast;
    },
    read(path) {
      const known = entries.get(path);
      forget(path);
      if (known && (known.checked === round || isUnchanged(known.file))) {
        known.checked = round;
        keep(path, known);
        return known.file;
      }
      const file = load(path, isOver);
      keep(path, { file, weight: file ? file.text.length + (file.map?.size ?? 0) : 0, checked: round });
      return file;
    },
  };
}

function load(path: string, isPast: IsPast): ScriptFile | undefined {
  const file = readTextFile(path, MAX_FILE_BYTES, isPast);
  return file && toScriptFile(file, isPast);
}

/** With its lines and its map. Throws as `readTextFile`. */
export function toScriptFile(file: TextFile, isPast: IsPast): ScriptFile {
  const script = { ...file, lines: indexLines(file.text) };
  const map = readSourceMapOf(file, isPast);
  return map ? { ...script, map: toScriptMap(map, file.path) } : script;
}

function toScriptMap(map: SourceMapFile, path: string): ScriptMap {
  const contents = new Map<string, Lines>();
  return {
    ...map,
    project: findProject(path),
    linesOf(source, content) {
      const lines = contents.get(source) ?? indexLines(content);
      contents.set(source, lines);
      return lines;
    },
  };
}

function isUnchanged(file: ScriptFile | undefined): boolean {
  if (!file) return false;
  const map = file.map;
  return isAt(file.path, file.mtimeMs, file.size) && (!map || map.path === file.path || isAt(map.path, map.mtimeMs));
}

function isAt(path: string, mtimeMs: number, size?: number): boolean {
  const stats = readStats(path);
  return stats?.mtimeMs === mtimeMs && (size === undefined || stats.size === size);
}
