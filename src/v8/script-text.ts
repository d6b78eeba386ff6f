import { readEvaluator } from './eval-origin.js';
import { readField } from './heap.js';
import type { Reading } from './reading.js';
import type { Place, Script } from './scripts.js';
import { readSubstring, stringLength } from './strings.js';

const MAX_DEPTH = 10;
/** Of the line of a text that is too long: a line may be the whole text. */
const MAX_PART_CHARACTERS = 20_000;

/** The text that V8 runs, from its Script: the file on disk may be another one by now, or never was there. */
export interface ScriptText {
  readonly id: number;
  readonly text: string;
  /** Lines and columns that V8 adds: the text is part of a file, or has been put after something. */
  readonly lineOffset: number;
  /** On the first line. */
  readonly columnOffset: number;
  /** The whole is too long: this is one line alone, or a part of it around the column. */
  readonly isPart?: true;
  /** Of evaluated code: the script that has evaluated it. */
  readonly evaluatedBy?: { readonly name: string; readonly id: number };
}

/** Undefined if the script is another one by now, or cannot be read. One that is longer is read in part, at `place`. */
export function readScriptText(
  reading: Reading,
  pointer: number,
  id: number,
  maxCharacters: number,
  place: Place,
): ScriptText | undefined {
  const { scripts } = reading.layout;
  reading.scripts.begin();
  const script = reading.scripts.read(pointer);
  if (script?.id !== id) return undefined;
  if (script.sourceLength > maxCharacters) return readPart(reading, script, place);
  const source = readField(reading, pointer, scripts.source);
  const text = readSubstring(reading, source, 0, maxCharacters);
  // It may have moved meanwhile.
  if (text === undefined || text.length !== script.sourceLength || stringLength(reading, source) !== text.length) {
    return undefined;
  }
  // As for a call: see Scripts.locateCall.
  const isShifted = script.sourceUrl === '';
  const evaluatedBy = findEvaluatingScript(reading, script);
  return {
    id,
    text,
    lineOffset: isShifted ? script.lineOffset : 0,
    columnOffset: isShifted ? script.columnOffset : 0,
    ...(evaluatedBy ? { evaluatedBy } : {}),
  };
}

function readPart(reading: Reading, script: Script, { line, column }: Place): ScriptText | undefined {
  const isShifted = script.sourceUrl === '';
  const textLine = line - (isShifted ? script.lineOffset : 0);
  const columnOffset = isShifted && textLine === 1 ? script.columnOffset : 0;
  const range = reading.scripts.findLine(script, textLine);
  if (!range) return undefined;
  const wanted = range.start + column - 1 - columnOffset - MAX_PART_CHARACTERS / 2;
  const start = Math.min(Math.max(range.start, wanted), range.end);
  const count = Math.min(range.end - start, MAX_PART_CHARACTERS);
  const text = readSubstring(reading, readField(reading, script.pointer, reading.layout.scripts.source), start, count);
  if (text?.length !== count) return undefined;
  const evaluatedBy = findEvaluatingScript(reading, script);
  return {
    id: script.id,
    text,
    lineOffset: line - 1,
    columnOffset: columnOffset + start - range.start,
    isPart: true,
    ...(evaluatedBy ? { evaluatedBy } : {}),
  };
}

function findEvaluatingScript(reading: Reading, script: Script): ScriptText['evaluatedBy'] {
  let found: ScriptText['evaluatedBy'];
  let evaluator = readEvaluator(reading, script);
  for (let depth = 0; evaluator && depth < MAX_DEPTH; depth += 1) {
    const outer = reading.scripts.read(evaluator.script);
    if (!outer) break;
    found = outer.name ? { name: outer.name, id: outer.id } : undefined;
    evaluator = readEvaluator(reading, outer);
  }
  return found;
}
