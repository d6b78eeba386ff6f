import type { RawFrame } from '../raw-frame.js';
import type { ScriptFile } from './file-cache.js';
import { isSourceCode } from './project.js';

/**
 * Whether a file is what runs, by itself: unchanged since the process started, with V8's offset of the call where its line
 * and column are, and the function at the place where V8 has its start. A text that a loader has made in memory fails at
 * one of them.
 */
export function isPlain(file: ScriptFile, raw: RawFrame, startMs: number | undefined): boolean {
  if (isChanged(file, startMs) || !isSourceCode(file.path) || !isAtOffset(file, raw)) return false;
  const { enclosingLine = 0, enclosingColumn = 0 } = raw;
  // The first line starts at offset 0 in every text: it says something where a bundler has put all in it.
  if (raw.line === 1 && (file.lines.read(1)?.length ?? 0) < BUNDLE_CHARACTERS) return false;
  if (enclosingLine === 1 && enclosingColumn === 1) return raw.line > 1 && SCRIPT.test(file.path);
  const start = enclosingColumn - 1;
  const line = file.lines.read(enclosingLine)?.slice(start, start + HEAD_CHARACTERS);
  return line !== undefined && startsFunction(line, nameOf(raw.function));
}

/** Whether V8's offset of the call is where its line and column are in a text. */
export function isAtOffset({ lines }: Pick<ScriptFile, 'lines'>, { position, line, column }: RawFrame): boolean {
  const start = lines.startOf(line);
  return position !== undefined && start !== undefined && start + column - 1 === position;
}

/** A time in the future tells of a wrong clock, not of a change. */
export function isChanged(file: { readonly mtimeMs: number }, startMs: number | undefined): boolean {
  // The clock tells whole milliseconds, the file parts of them.
  return startMs !== undefined && file.mtimeMs > startMs && Math.floor(file.mtimeMs) <= Date.now();
}

const BUNDLE_CHARACTERS = 1000;
/** Enough for the parameters of a function. */
const HEAD_CHARACTERS = 200;

/** Files that Node runs as they are written. */
const SCRIPT = /\.[cm]?js$/i;
const ARROW = /^(?:async\s*)?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^=]{0,80}|[\w$]+\s*)=>|^(?:async\s*)?\([^()]*$/;
const PREFIX = /^(?:async\s+)?(?:function\b\s*\*?\s*|[gs]et\s+|\*\s*)?/;

function startsFunction(line: string, name: string): boolean {
  if (ARROW.test(line)) return true;
  const prefix = PREFIX.exec(line)?.[0] ?? '';
  const rest = line.slice(prefix.length);
  if (/^(?:async\s+)?function\b/.test(prefix) && /^[(/]|^$/.test(rest)) return true;
  return name !== '' && (rest.startsWith(name) || /^(?:constructor|class)\b/.test(rest));
}

/** `Type.method [as alias]`, `new Type`, `get value`: the function's own name in its text. */
function nameOf(words: string): string {
  const [name = ''] = words.replace(/^(?:new|get|set) /, '').split(' [as ');
  return name.slice(name.lastIndexOf('.') + 1).replace(/^(?:get|set) /, '');
}
