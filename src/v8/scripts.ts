import { type Heap, isString, readField, readSmi, typeOf } from './heap.js';
import { countLineEnds, findLine, readLineEnds } from './lines.js';
import { readString, stringLength } from './strings.js';

/** A Script (V8's src/objects/script.tq): a text that was compiled. */
export interface Script {
  readonly pointer: number;
  readonly id: number;
  /** The name it was compiled under; empty for evaluated code, undefined if it has one that cannot be read. */
  readonly name: string | undefined;
  /** From its comment `//# sourceURL=`, which V8 shows instead of the name; empty if it has none. */
  readonly sourceUrl: string;
  readonly sourceLength: number;
  /** Of its first character, from 0. */
  readonly lineOffset: number;
  readonly columnOffset: number;
}

export interface Place {
  /** From 1; 0 if unknown. */
  readonly line: number;
  readonly column: number;
}

export interface Scripts {
  /** Begins another look. Forgets addresses: a collection may move every script. */
  begin(): void;
  read(pointer: number): Script | undefined;
  /** Where an offset of its text is, counted from the script's own offsets. */
  locate(script: Script, offset: number): Place;
  /** The same in V8's words for a call, which leave out these offsets if the text has a `sourceURL`. */
  locateCall(script: Script, offset: number): Place;
  /** The same, counted from the text's start. */
  locateInText(script: Script, offset: number): Place;
  /** Where in the text a line is, from 1, without its end; undefined if that is not known. */
  findLine(script: Script, line: number): { readonly start: number; readonly end: number } | undefined;
}

export interface ScriptsOptions {
  /** Counts lines in the text even where V8 has a table. */
  readonly countsLines?: boolean;
}

const MAX_NAME_CHARACTERS = 4096;
/** Lines of scripts that are kept from one report to the next. */
const MAX_KEPT_LINES = 2_000_000;
const UNKNOWN: Place = { line: 0, column: 0 };

export function createScripts(heap: Heap, { countsLines = false }: ScriptsOptions = {}): Scripts {
  const read = new Map<number, Script | undefined>();
  /** Two looks in turn have found the same. */
  const verified = new Map<string, Int32Array>();
  let before = new Map<string, Int32Array>();
  let now = new Map<string, Int32Array>();
  let kept = 0;

  const verify = () => {
    for (const [key, ends] of now) {
      if (!isEqual(ends, before.get(key))) continue;
      if (kept + ends.length > MAX_KEPT_LINES) {
        verified.clear();
        kept = 0;
      }
      verified.set(key, ends);
      kept += ends.length;
    }
    before = now;
    now = new Map();
  };
  const findEnds = (script: Script): Int32Array | undefined => {
    const key = `${script.id}\n${script.name}\n${script.sourceLength}`;
    const known = verified.get(key) ?? now.get(key);
    if (known) return known;
    const { lineEnds, source } = heap.layout.scripts;
    const table = countsLines ? undefined : readLineEnds(heap, readField(heap, script.pointer, lineEnds));
    const found = table ?? countLineEnds(heap, readField(heap, script.pointer, source));
    if (found) now.set(key, found);
    return found;
  };
  const locate = (script: Script, offset: number, lineOffset: number, columnOffset: number): Place => {
    const lines = offset >= 0 ? findEnds(script) : undefined;
    if (!lines || offset > script.sourceLength) return UNKNOWN;
    const line = findLine(lines, offset);
    const start = line === 0 ? -columnOffset : (lines[line - 1] ?? 0) + 1;
    return { line: line + lineOffset + 1, column: offset - start + 1 };
  };

  return {
    begin() {
      read.clear();
      verify();
    },
    read(pointer) {
      if (!read.has(pointer)) read.set(pointer, readScript(heap, pointer));
      return read.get(pointer);
    },
    locate: (script, offset) => locate(script, offset, script.lineOffset, script.columnOffset),
    // CallSiteInfo::GetLineNumber and GetColumnNumber (V8's src/objects/call-site-info.cc).
    locateCall: (script, offset) =>
      script.sourceUrl === ''
        ? locate(script, offset, script.lineOffset, script.columnOffset)
        : locate(script, offset, 0, 0),
    locateInText: (script, offset) => locate(script, offset, 0, 0),
    findLine(script, line) {
      const ends = findEnds(script);
      if (!ends || !(line >= 1 && line <= ends.length + 1)) return undefined;
      const start = line === 1 ? 0 : (ends[line - 2] ?? 0) + 1;
      return { start, end: Math.min(ends[line - 1] ?? script.sourceLength, script.sourceLength) };
    },
  };
}

function isEqual(one: Int32Array, other: Int32Array | undefined): boolean {
  return one.length === other?.length && one.every((end, index) => end === other[index]);
}

function readScript(heap: Heap, pointer: number): Script | undefined {
  const { types, scripts } = heap.layout;
  if (typeOf(heap, pointer) !== types.script) return undefined;
  const sourceLength = stringLength(heap, readField(heap, pointer, scripts.source));
  return {
    pointer,
    id: readSmi(heap, pointer, scripts.id),
    name: readName(heap, readField(heap, pointer, scripts.name)),
    sourceUrl: readName(heap, readField(heap, pointer, scripts.sourceUrl)) ?? '',
    sourceLength: Number.isNaN(sourceLength) ? 0 : sourceLength,
    lineOffset: readSmi(heap, pointer, scripts.lineOffset) || 0,
    columnOffset: readSmi(heap, pointer, scripts.columnOffset) || 0,
  };
}

/** Empty for `undefined`, and for anything else that is an object and no string. */
function readName(heap: Heap, pointer: number): string | undefined {
  const type = typeOf(heap, pointer);
  if (type >= 0 && !isString(heap, type)) return '';
  return readString(heap, pointer, MAX_NAME_CHARACTERS);
}
