import { OutOfTime } from '../files/text-file.js';
import type { RawFrame } from '../raw-frame.js';
import type { Frame } from '../report.js';
import { startDeadline } from '../v8/deadline.js';
import { createFileCache, type ScriptFile } from './file-cache.js';
import { findOriginal, nameOriginal, originalFrame, readOriginalLine } from './original.js';
import { type Described, describeFrame } from './place.js';
import { isSourceCode } from './project.js';
import { isAtOffset, isChanged } from './proof.js';
import {
  createTextCache,
  openRunning,
  type RunningFile,
  type RunningFiles,
  type RunningTexts,
} from './running-texts.js';
import { CHANGED, LOADED, OUT_OF_TIME, showNearLine, showSourceLine } from './source-line.js';
import type { OriginalPlace } from './source-map.js';

export interface FrameReader {
  /** Never throws; a frame about whose file nothing can be told keeps V8's words. */
  read(raw: readonly RawFrame[], texts?: RunningTexts): Frame[];
}

export interface FrameReaderOptions {
  /** Milliseconds since the epoch at which the process started: files written later may not be what it runs. */
  readonly startMs?: number;
  /**
   * Milliseconds of looking at files in one `read`, without the time in which the thread has no CPU; frames after that
   * keep V8's words, and the first of each file says so.
   * @default 2000
   */
  readonly budgetMs?: number;
  /**
   * Whether frames quote their line of source, asked at each `read`.
   * @default () => true
   */
  readonly sourceLines?: () => boolean;
}

/**
 * Turns V8's frames into readable ones: through source maps where the program has them, each with its source line.
 * Reads files synchronously, so: not on the main thread. What it read it keeps, up to about 32 MB, until they change.
 */
export function createFrameReader(options: FrameReaderOptions = {}): FrameReader {
  const files = createFileCache();
  const cache = createTextCache();
  const { startMs, budgetMs = 2000, sourceLines = () => true } = options;
  return {
    read(raw, texts = () => undefined) {
      const show = sourceLines() ? (frame: Frame) => frame : dropSourceLine;
      const described = raw.map(describeFrame);
      const isPast = startDeadline(budgetMs);
      files.refresh(isPast);
      const skip = skipFrames();
      const running = openRunning({ files, cache, texts, isPast, startMs });
      const read = described.map((one, index) => {
        if (isPast()) return skip(one);
        try {
          return show(readFrame(one, described[index + 1], running, startMs));
        } catch (error) {
          return error instanceof OutOfTime ? skip(one) : one.frame;
        }
      });
      const innermost = read.find(({ origin }) => origin === 'application') ?? read[0];
      return read.map((frame) => (frame === innermost ? frame : dropNearLines(frame)));
    },
  };
}

/** Text in place of a line stays. */
function dropSourceLine(frame: Frame): Frame {
  const { source, sourceBefore: _, sourceAfter: __, ...rest } = frame;
  return source === undefined || source === CHANGED || source === LOADED ? frame : rest;
}

/** Most lines of a report are frames: only the innermost has its surroundings. */
function dropNearLines({ sourceBefore: _, sourceAfter: __, ...frame }: Frame): Frame {
  return frame;
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

function readFrame(one: Described, outer: Described | undefined, files: RunningFiles, startMs?: number): Frame {
  const caller = readCaller(one, outer, files, startMs);
  const evaluated = files.findEvaluated(one.own);
  return evaluated ? readEvaluated(one, caller, evaluated, files) : caller;
}

/** The frame of a script, or the place that has evaluated the frame's text. */
function readCaller(one: Described, outer: Described | undefined, files: RunningFiles, startMs?: number): Frame {
  const { frame, raw, path } = one;
  if (raw.line < 1) return frame;
  const file = files.find(one);
  if (!file) return frame;
  const loadedMs = knownSince(file, raw, startMs);
  if (!file.running && isChanged(file, loadedMs)) return { ...frame, source: CHANGED };
  if (isOther(file, raw)) return { ...frame, source: LOADED };
  const original = findOriginal(raw, file, loadedMs);
  if (!original) {
    const isShown = path === undefined || isProgram(file);
    return isShown ? withSource(frame, (by) => readLine(file, raw, by), columnIn(file, raw)) : frame;
  }
  const { map, place, source } = original;
  const generated = `${frame.file}:${raw.line}:${raw.column}`;
  const named = originalFrame(frame, nameOriginal(one, file, map, outer, files), original, generated);
  return withSource(named, (by) => readOriginalLine(moveBy(place, by), map, source.readable, files.onDisk, loadedMs));
}

/** V8's offset of the call is elsewhere in it. */
function isOther(file: RunningFile, raw: RawFrame): boolean {
  return !file.running && raw.position !== undefined && raw.line > 1 && !isAtOffset(file, raw);
}

/** Where its own map leads, else where it is evaluated: with its own line, which is the one that runs. */
function readEvaluated(one: Described, caller: Frame, file: RunningFile, files: RunningFiles): Frame {
  const { own } = one;
  const original = findOriginal(own, file, undefined);
  if (!original) {
    const { source, ...place } = caller;
    const quoted = withSource(place, (by) => readLine(file, own, by), columnIn(file, own));
    return quoted.source === undefined ? caller : quoted;
  }
  const { place, map, source } = original;
  const generated = `${caller.file}:${caller.line}:${caller.column}`;
  const named = originalFrame(one.frame, own.function || '<anonymous>', original, generated);
  return withSource(named, (by) => readOriginalLine(moveBy(place, by), map, source.readable, files.onDisk, undefined));
}

/** V8 counts the lines of a text that is part of a file from there. */
function readLine(file: RunningFile, { line }: RawFrame, by: number): string | undefined {
  const at = line - (file.running?.lineOffset ?? 0) + by;
  const running = file.lines.read(at);
  const written = file.written?.lines.read(at);
  return running !== undefined && written !== undefined && isBlankedOut(written, running) ? written : running;
}

function columnIn({ running }: RunningFile, { line, column }: RawFrame): number {
  return running && line - running.lineOffset === 1 ? column - running.columnOffset : column;
}

/** Node runs TypeScript with blanks in the place of types. */
function isBlankedOut(written: string, running: string): boolean {
  if (written.length !== running.length) return false;
  for (let at = 0; at < written.length; at += 1) {
    if (written[at] !== running[at] && !/[\s;]/.test(running[at] ?? '')) return false;
  }
  return true;
}

/** V8's column past the end of the line: the file is not what runs (a loader transformed it in memory). */
function withSource(frame: Frame, read: ReadLine, column: number = frame.column): Frame {
  const line = read(0);
  if (line === undefined || (line !== CHANGED && column > line.length + 1)) return frame;
  const source = line === CHANGED ? line : showSourceLine(line, column);
  if (source === undefined || line === CHANGED) return source === undefined ? frame : { ...frame, source };
  const [before, after] = [-1, 1].map((by) => showNearLine(read(by), line));
  return {
    ...frame,
    source,
    ...(before === undefined ? {} : { sourceBefore: before }),
    ...(after === undefined ? {} : { sourceAfter: after }),
  };
}

/** A line of the frame's file, `by` lines after the frame's own. */
type ReadLine = (by: number) => string | undefined;

function moveBy(place: OriginalPlace, by: number): OriginalPlace {
  return by === 0 ? place : { ...place, line: place.line + by };
}

/**
 * Until when a file, its map and its sources may have been written. That is the start of the process; a file that was written
 * later is what runs if V8's offset of the call is where its line and column are in the file: built, then loaded.
 */
function knownSince(file: RunningFile, raw: RawFrame, startMs: number | undefined): number | undefined {
  if (startMs === undefined || !isChanged(file, startMs)) return startMs;
  // On the first line the two say the same, whatever the file is.
  const isSame = file.running ? true : raw.line > 1 && isAtOffset(file, raw);
  return isSame ? file.mtimeMs + BUILD_MS : startMs;
}

/** Milliseconds between a file and its map, as build tools write them. */
const BUILD_MS = 2000;

/** By its name, or by its first line where a command has no extension: a script's name can be any text. */
function isProgram(file: ScriptFile): boolean {
  return (
    file.mtimeMs === 0 || isSourceCode(file.path) || /^#!.*\b(?:node|bun|tsx|deno)\b/.test(file.text.slice(0, 200))
  );
}
