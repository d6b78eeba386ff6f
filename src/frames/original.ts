import { isAbsolute } from 'node:path';
import type { RawFrame } from '../raw-frame.js';
import type { Frame } from '../report.js';
import type { FileCache, ScriptFile, ScriptMap } from './file-cache.js';
import { findOriginalName, type GeneratedFile } from './original-name.js';
import { type Described, originOf, showName } from './place.js';
import { isChanged } from './proof.js';
import type { RunningFile, RunningFiles } from './running-texts.js';
import { CHANGED } from './source-line.js';
import type { OriginalPlace } from './source-map.js';
import { resolveSource, type SourcePath } from './source-path.js';

/** Where a call stands in a source, by the map of the file that runs. */
export interface Original {
  readonly map: ScriptMap;
  readonly place: OriginalPlace;
  readonly source: SourcePath;
}

export function findOriginal(raw: RawFrame, file: RunningFile, loadedMs: number | undefined): Original | undefined {
  const map = file.map && !isChanged(file.map, loadedMs) ? file.map : undefined;
  const place = map?.map.find(raw.line, raw.column);
  return map && place && { map, place, source: resolveSource(place.source, map.path, map.project) };
}

export function originalFrame(frame: Frame, name: string, { place, source }: Original, generated: string): Frame {
  const shown = showName(source.shown);
  return {
    function: showName(name),
    file: shown,
    line: place.line,
    column: place.column,
    // A source that is no file belongs to the file that was built of it: a package may ship its own bundle.
    origin: isAbsolute(shown) || frame.origin === 'application' ? originOf(shown) : frame.origin,
    async: frame.async,
    generated,
  };
}

/** The map's own copy is what was built; the file may have been edited since. */
export function readOriginalLine(
  place: OriginalPlace,
  map: ScriptMap,
  readable: string | undefined,
  files: FileCache,
  startMs: number | undefined,
): string | undefined {
  if (place.content !== undefined) return map.linesOf(place.source, place.content).read(place.line);
  const file = readable === undefined ? undefined : files.read(readable);
  return file && (isChanged(file, startMs) ? CHANGED : file.lines.read(place.line));
}

/** The name that the source has for the function of a call. */
export function nameOriginal(
  one: Described,
  file: ScriptFile,
  map: ScriptMap,
  outer: Described | undefined,
  files: RunningFiles,
): string {
  // Evaluated code has a name of our making, and a map of its own.
  if (one.raw.function === '') return one.frame.function;
  const callerFile = outer?.path === undefined ? undefined : outer.path === file.path ? file : files.find(outer);
  const caller =
    callerFile?.map && outer ? { frame: outer.raw, file: toGenerated(callerFile, callerFile.map) } : undefined;
  return findOriginalName(one.raw, toGenerated(file, map), caller);
}

function toGenerated(file: ScriptFile, map: ScriptMap): GeneratedFile {
  return { map: map.map, line: (line) => file.lines.read(line) };
}
