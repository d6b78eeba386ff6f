import { readSharedFunction, type SharedFunction } from '../functions.js';
import { readField, readLength, typeOf } from '../heap.js';
import { readWord } from '../memory.js';
import type { Reading } from '../reading.js';
import { readSubstring } from '../strings.js';

/** Functions of one script. */
const MAX_FUNCTIONS = 50_000;
/** Functions before a generator, in the order of the text, among which its wrapper is looked for. */
const MAX_BEFORE = 1000;
/** Characters before a generator. */
const MAX_CHARACTERS = 200;
/** Two low bits of a weak pointer; those of a strong one are 01. */
const WEAK = 3;
/** The lower half of a weak pointer whose object is gone (V8's src/common/globals.h, kClearedWeakHeapObjectLower32). */
const CLEARED = 3;
/** The function around it returns the call that gets the generator: `return __awaiter(this, void 0, void 0, function* () {`. */
const RETURNS = /(?:[{};]\s*return\s+|=>\s*)[\w$.]+\((?:\s*(?:[\w$]+|void 0)\s*,)*\s*\(?\s*$/;
/** Babel makes a function of the generator, once: `const load = _asyncToGenerator(function* () {`. */
const ASSIGNS = /([\w$.]+)\s*=\s*(?:\/\*#__PURE__\*\/\s*)?(?:\(0,\s*)?[\w$.]*asyncToGenerator[\w$.]*\)?\(\s*$/;

/** Async functions that a compiler, or `co`, has put around a generator, which has no name. */
export interface Wrappers {
  /** The generator, as the function around it: under its name, and beginning where it does. As it is, if there is none. */
  wrap(generator: SharedFunction): SharedFunction;
}

/** For one walk: it keeps addresses. */
export function createWrappers(reading: Reading): Wrappers {
  /** By script: weak pointers to its functions, in the order of the text; a function is before those within it. */
  const lists = new Map<number, Buffer | undefined>();
  const listOf = (script: number): Buffer | undefined => {
    if (!lists.has(script)) lists.set(script, readFunctionList(reading, script));
    return lists.get(script);
  };
  const findWrapper = ({ pointer, script, start, end }: SharedFunction): SharedFunction | undefined => {
    const list = listOf(script);
    if (!list || start < 0) return undefined;
    const index = findIndex(list, pointer);
    for (let at = index - 1; at >= Math.max(0, index - MAX_BEFORE); at -= 1) {
      const word = readWord(list, at * 8);
      if (word % 4 !== WEAK) continue;
      // It may have been the wrapper.
      if (word % 2 ** 32 === CLEARED) return undefined;
      const shared = readSharedFunction(reading, word - 2);
      if (shared && shared.start >= 0 && shared.start < start && shared.end >= end) return shared;
    }
    return undefined;
  };
  return {
    wrap(generator) {
      const wrapper = findWrapper(generator);
      const source = readField(reading, generator.script, reading.layout.scripts.source);
      const from = Math.max(wrapper?.start ?? 0, generator.token - MAX_CHARACTERS);
      const before = readSubstring(reading, source, from, generator.token - from) ?? '';
      const [, assigned] = ASSIGNS.exec(before) ?? [];
      // Babel gives the function that makes it the same name, with a stroke before it.
      if (assigned !== undefined)
        return { ...generator, name: assigned === wrapper?.name ? assigned.replace(/^_/, '') : assigned };
      if (!wrapper || !RETURNS.test(before)) return generator;
      const { name, token, start, end } = wrapper;
      return { ...generator, name, token, start, end };
    },
  };
}

function readFunctionList(reading: Reading, script: number): Buffer | undefined {
  const { types, arrays, scripts } = reading.layout;
  const list = readField(reading, script, scripts.functions);
  if (typeOf(reading, list) !== types.weakFixedArray) return undefined;
  const length = readLength(reading, list);
  return length > 0 && length <= MAX_FUNCTIONS
    ? reading.memory.bytes(list - 1 + arrays.elements, length * 8)
    : undefined;
}

/** 0 if it is not there: nothing is before it. */
function findIndex(list: Buffer, pointer: number): number {
  const low = (pointer + 2) % 2 ** 32;
  for (let index = 0; index * 8 < list.length; index += 1)
    if (list.readUInt32LE(index * 8) === low && readWord(list, index * 8) === pointer + 2) return index;
  return 0;
}
