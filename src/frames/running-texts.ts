import type { RawFrame } from '../raw-frame.js';
import type { IsPast } from '../v8/deadline.js';
import type { ScriptText } from '../v8/script-text.js';
import { type FileCache, type ScriptFile, toScriptFile } from './file-cache.js';
import type { Described } from './place.js';
import { isPlain } from './proof.js';

/** The text that V8 runs in a frame, where it can be told. */
export type RunningTexts = (raw: RawFrame) => ScriptText | undefined;

/** A script as it runs, or as it is on disk where that is not known. */
export interface RunningFile extends ScriptFile {
  /** As it is on disk, if another text runs under its name. */
  readonly written?: ScriptFile;
  /** Undefined if it is on disk, and that may have changed. */
  readonly running?: ScriptText;
}

/** Files as they run. For one stack. */
export interface RunningFiles {
  /** The script of a frame. Throws as `readTextFile`. */
  find(one: Described): RunningFile | undefined;
  /** Of evaluated code itself, which is shown at the place that evaluates it. */
  findEvaluated(raw: RawFrame): RunningFile | undefined;
  /** As they are on disk: a map's sources are, though a loader may run another text under the same name. */
  readonly onDisk: FileCache;
}

/** Texts that are no file's, with their maps: kept from one report to the next. */
export interface TextCache {
  read(path: string, running: ScriptText, isPast: IsPast): ScriptFile;
}

/** Characters of texts that are kept. */
const MAX_KEPT = 16 * 1024 * 1024;

export function createTextCache(): TextCache {
  const kept = new Map<string, ScriptFile>();
  return {
    read(path, { text }, isPast) {
      const known = kept.get(path);
      if (known?.text === text) return known;
      // A time that is before any change: what runs has not changed since it was loaded.
      const file = toScriptFile({ path, text, size: text.length, mtimeMs: 0 }, isPast);
      const all = [...kept.values()].reduce((sum, one) => sum + one.text.length, text.length);
      if (all > MAX_KEPT) kept.clear();
      if (text.length <= MAX_KEPT) kept.set(path, file);
      return file;
    },
  };
}

export interface RunningOptions {
  readonly files: FileCache;
  readonly cache: TextCache;
  readonly texts: RunningTexts;
  readonly isPast: IsPast;
  readonly startMs: number | undefined;
}

export function openRunning({ files, cache, texts, isPast, startMs }: RunningOptions): RunningFiles {
  return {
    onDisk: files,
    find({ raw, own, path }) {
      const written = path === undefined ? undefined : files.read(path);
      // A program that is as it was written needs no memory to be read.
      if (written && isPlain(written, raw, startMs)) return written;
      // V8 gives the place that evaluates a text by name alone, without an offset.
      const evaluator = own === raw ? undefined : texts(own)?.evaluatedBy;
      const running = texts(evaluator?.name === raw.file ? { ...raw, scriptId: evaluator.id } : raw);
      if (!running) return written;
      if (running.isPart)
        return { ...cache.read(path ?? running.evaluatedBy?.name ?? raw.file, running, isPast), running };
      if (written?.text === running.text) return { ...written, running };
      const base = path ?? running.evaluatedBy?.name ?? raw.file;
      return { ...cache.read(base, running, isPast), running, ...(written ? { written } : {}) };
    },
    findEvaluated(raw) {
      const running = raw.file.startsWith('eval at ') ? texts(raw) : undefined;
      return running && { ...cache.read(running.evaluatedBy?.name ?? raw.file, running, isPast), running };
    },
  };
}
