import { type Heap, isCleared, isPointer, isWeak, readField, readSmi, toSmi, toStrong, typeOf } from './heap.js';
import { readWord } from './memory.js';
import type { Reading } from './reading.js';

/** IsolateData with the table of roots, one of which is the list of scripts (`script_list` in V8's src/roots/roots.h). */
const ROOTS_BYTES = 0x4000;
/** A program of a hundred thousand files is not known. */
const MAX_SCRIPTS = 200_000;

/**
 * Where an isolate keeps the list of the scripts that live in it: the only one of its roots that is a WeakArrayList of
 * scripts. Undefined if none is, or more than one.
 */
export function findScriptList(heap: Heap, isolate: number): number | undefined {
  const bytes = heap.memory.read(isolate, ROOTS_BYTES);
  const found: number[] = [];
  for (let offset = 0; bytes && offset + 8 <= bytes.length; offset += 8) {
    const scripts = readList(heap, readWord(bytes, offset));
    // The first script is never the only one: Node's own come with an isolate.
    if (scripts && scripts.length > 1 && scripts.every((one) => typeOf(heap, one) === heap.layout.types.script)) {
      found.push(offset);
    }
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The scripts of an isolate that live, the oldest first. */
export function listScripts(reading: Reading, isolate: number): readonly number[] {
  const offset = reading.scriptList();
  const list = offset === undefined ? undefined : readList(reading, reading.memory.freshWord(isolate + offset));
  return list ?? [];
}

/** The one of that id. Scripts are listed as they are made, and ids are given out in turn, mostly. */
export function findScriptById(reading: Reading, scripts: readonly number[], id: number): number | undefined {
  let low = 0;
  let high = scripts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = readId(reading, scripts[middle] ?? 0);
    if (found === id) return scripts[middle];
    if (!(found > id)) low = middle + 1;
    else high = middle;
  }
  return scripts.find((pointer) => readId(reading, pointer) === id);
}

/** NaN for a word that is no script. */
function readId(reading: Reading, pointer: number): number {
  const { types, scripts } = reading.layout;
  return typeOf(reading, pointer) === types.script ? readSmi(reading, pointer, scripts.id) : Number.NaN;
}

/** Undefined if it is no WeakArrayList. */
function readList(heap: Heap, list: number): readonly number[] | undefined {
  const { types, arrays } = heap.layout;
  if (!isPointer(list) || typeOf(heap, list) !== types.weakArrayList) return undefined;
  const length = toSmi(readField(heap, list, arrays.weakLength));
  if (!(length >= 0 && length <= MAX_SCRIPTS)) return undefined;
  const bytes = length === 0 ? undefined : heap.memory.bytes(list - 1 + arrays.weakElements, length * 8);
  const scripts: number[] = [];
  for (let index = 0; bytes && index < length; index += 1) {
    const element = readWord(bytes, index * 8);
    if (isWeak(element) && !isCleared(element) && isPointer(toStrong(element))) scripts.push(toStrong(element));
  }
  return scripts;
}
