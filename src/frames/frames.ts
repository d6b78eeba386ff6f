import type { Frame } from '../report.js';
import { createFileCache, type FileCache, type ScriptFile, type ScriptMap } from './file-cache.js';
import { findOriginalName, type GeneratedFile } from './original-name.js';
import { type Described, describeFrame, originOf, showName } from './place.js';
import { isSourceCode } from './project.js';
import type { RawFrame } from './raw.js';
import { showSourceLine } from './source-line.js';
import type { OriginalPlace } from './source-map.js';
import { resolveSource } from './source-path.js';
import { OutOfTime } from './text-file.js';

export interface FrameReader {
  /** Never throws; a frame about whose file nothing can be told keeps V8's words. */
  read(raw: readonly RawFrame[]): Frame[];
}

export interface FrameReaderOptions {
  /** Milliseconds since the epoch at which the process started: files written later may not be what it runs. */
  readonly startMs?: number;
  /**
   * Milliseconds of looking at files in one `read`; frames after that keep V8's words, and the first of each file says so.
   * @default 2000
   */
  readonly budgetMs?: number;
}

/** Stands where the source line would: a line of another version is worse than none, and the change is news. */
export const CHANGED = '[changed on disk since this process started]';

/** Stands where the source line would, at the first frame of a file that there was no time to read. */
export const OUT_OF_TIME = '[not looked up: out of time]';

/**
 * Turns V8's frames into readable ones: through source maps where the program has them, each with its source line.
 * Reads files synchronously, so: not on the main thread. What it read it keeps, up to about 32 MB, until they change.
 */
export function createFrameReader(options: FrameReaderOptions = {}): FrameReader {
  const files = createFileCache();
  const { startMs, budgetMs = 2000 } = options;
  return {
    read(raw) {
      const described = raw.map(describeFrame);
      const endMs = performance.now() + budgetMs;
      files.refresh(endMs);
      const skip = skipFrames();
      return described.map((one, index) => {
        if (performance.now() >= endMs) return skip(one);
        try {
          return readFrame(one, described[index + 1], files, startMs);
        } catch (error) {
          return error instanceof OutOfTime ? skip(one) : one.frame;
        }
      });
    },
  };
}

/** V8's words, with a word at the first frame of each file. */
function skipFrames(): (one: Described) => Frame {
  const told = new Set<string>();
  return ({ frame, path }) => {
    if (path === undefined || told.has(path)) return frame;
    told.add(path);
    return { ...frame, source: OUT_OF_TIME };
  };
}

function readFrame(one: Described, outer: Described | undefined, files: FileCache, startMs?: number): Frame {
  const { frame, raw, path } = one;
  const file = path === undefined || raw.line < 1 ? undefined : files.read(path);
  if (!file) return frame;
  if (isChanged(file, startMs)) return { ...frame, source: CHANGED };
  const map = file.map && !isChanged(file.map, startMs) ? file.map : undefined;
  const place = map?.map.find(raw.line, raw.column);
  if (!map || !place) return isProgram(file) ? withSource(frame, file.lines.read(raw.line)) : frame;
  const source = resolveSource(place.source, map.path, map.project);
  const shown = showName(source.shown);
  const original: Frame = {
    function: showName(nameOf(one, file, map, outer, files)),
    file: shown,
    line: place.line,
    column: place.column,
    origin: originOf(shown),
    async: frame.async,
    generated: `${frame.file}:${raw.line}:${raw.column}`,
  };
  return withSource(original, readOriginalLine(place, map, source.readable, files, startMs));
}

/** The map's own copy is what was built; the file may have been edited since. */
function readOriginalLine(
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

function nameOf(
  one: Described,
  file: ScriptFile,
  map: ScriptMap,
  outer: Described | undefined,
  files: FileCache,
): string {
  // Evaluated code has a name of our making, and a map of its own.
  if (one.raw.function === '') return one.frame.function;
  const callerFile = outer?.path === undefined ? undefined : outer.path === file.path ? file : files.read(outer.path);
  const caller =
    callerFile?.map && outer ? { frame: outer.raw, file: toGenerated(callerFile, callerFile.map) } : undefined;
  return findOriginalName(one.raw, toGenerated(file, map), caller);
}

function toGenerated(file: ScriptFile, map: ScriptMap): GeneratedFile {
  return { map: map.map, line: (line) => file.lines.read(line) };
}

/** V8's column past the end of the line: the file is not what runs (a loader transformed it in memory). */
function withSource(frame: Frame, line: string | undefined): Frame {
  if (line === undefined || (line !== CHANGED && frame.column > line.length + 1)) return frame;
  const source = line === CHANGED ? line : showSourceLine(line, frame.column);
  return source === undefined ? frame : { ...frame, source };
}

/** A time in the future tells of a wrong clock, not of a change. */
function isChanged(file: { readonly mtimeMs: number }, startMs: number | undefined): boolean {
  return startMs !== undefined && file.mtimeMs > startMs && file.mtimeMs <= Date.now();
}

/** By its name, or by its first line where a command has no extension: a script's name can be any text. */
function isProgram(file: ScriptFile): boolean {
  return isSourceCode(file.path) || /^#!.*\b(?:node|bun|tsx|deno)\b/.test(file.text.slice(0, 200));
}
