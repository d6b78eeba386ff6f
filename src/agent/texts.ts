import { indexLines } from '../frames/lines.js';
import { isAtOffset } from '../frames/proof.js';
import type { RunningTexts } from '../frames/running-texts.js';
import type { RawFrame } from '../raw-frame.js';
import type { MemoryReader } from '../v8/reader.js';
import type { ScriptText } from '../v8/script-text.js';
import type { StackFrame } from '../v8/stack-frame.js';
import type { ToldScripts } from '../v8/told-scripts.js';

/** Characters of one text, as of one file, and of all texts. Of a longer text only the needed line is read. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
const MAX_ALL_CHARACTERS = 4 * MAX_CHARACTERS;

/** The texts of the frames of a stack that was read from memory; `others` has those of the other frames. */
export function nativeTexts(
  reader: MemoryReader,
  frames: readonly StackFrame[],
  raw: readonly RawFrame[],
  others: RunningTexts,
): RunningTexts {
  const read = readOnce();
  return (frame) => {
    const native = frames[raw.indexOf(frame)];
    if (!native) return others(frame);
    if (native.kind !== 'js' || isNodes(frame)) return undefined;
    return read(String(native.scriptId), frame, (max) => reader.readScript(native, max));
  };
}

/** The texts of frames that a thread has told itself: V8 gives their scripts' names, and their ids from Node 22.12 on. */
export function toldTexts(open: () => ToldScripts): RunningTexts {
  const read = readOnce();
  let scripts: ToldScripts | undefined;
  return (frame) => {
    const { file, scriptId, position } = frame;
    // The place of a stack that is a text already may be an original one.
    if (isNodes(frame)) return undefined;
    if (scriptId === undefined && (position === undefined || file === '')) return undefined;
    const key = scriptId === undefined ? `${file}\n${frame.line}:${frame.column}` : String(scriptId);
    return read(key, frame, (max) => {
      scripts ??= open();
      const told = { name: file, place: frame, ...(scriptId === undefined ? {} : { id: scriptId }) };
      return choose(scripts.read(told, max), frame);
    });
  };
}

function isNodes({ file, line }: RawFrame): boolean {
  return line === 0 || file.startsWith('node:') || file.startsWith('wasm:');
}

function readOnce() {
  const known = new Map<string, ScriptText | undefined>();
  let left = MAX_ALL_CHARACTERS;
  return (
    script: string,
    { line, column }: RawFrame,
    read: (maxCharacters: number) => ScriptText | undefined,
  ): ScriptText | undefined => {
    const part = `${script}\n${line}:${column}`;
    const key = known.has(script) ? script : part;
    if (known.has(key)) return known.get(key);
    const text = read(Math.min(MAX_CHARACTERS, left));
    left -= text?.text.length ?? 0;
    known.set(text?.isPart ? part : script, text);
    return text;
  };
}

/** The newest text that has the call at V8's place; undefined if several have it and the call's line differs in them. */
function choose(texts: readonly ScriptText[], frame: RawFrame): ScriptText | undefined {
  // A part of a text cannot be compared: only the name or the id of its script identifies it.
  if (frame.position === undefined || texts.some(({ isPart }) => isPart))
    return texts.length === 1 ? texts[0] : undefined;
  const fitting = texts.flatMap((text) => {
    const lines = indexLines(text.text);
    const line = frame.line - text.lineOffset;
    const column = line === 1 ? frame.column - text.columnOffset : frame.column;
    return isAtOffset({ lines }, { ...frame, line, column }) ? [{ text, line: lines.read(line) }] : [];
  });
  const [newest] = fitting;
  return newest && fitting.every(({ line }) => line === newest.line) ? newest.text : undefined;
}
