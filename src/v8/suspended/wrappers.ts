import { readSharedFunction, type SharedFunction } from '../functions.js';
import { isCleared, isWeak, readField, readLength, toStrong, typeOf } from '../heap.js';
import { readWord } from '../memory.js';
import type { Reading } from '../reading.js';
import { readScopeInfo, type ScopeFacts } from '../scope-info.js';
import { readSubstring } from '../strings.js';

/** Functions of one script. */
const MAX_FUNCTIONS = 50_000;
/** Functions before a generator, in the order of the text, among which the one around it is looked for. */
const MAX_BEFORE = 200;
/** Characters before a generator, and behind it. */
const MAX_CHARACTERS = 400;

/** Text before a generator whose run the function around it returns: `return __awaiter(this, void 0, void 0, function* () {`. */
const HELPED = /(?:[{};]\s*return\s+|=>\s*)[\w$.]+\(\s*(?:this|null|void 0|undefined)\s*,(?:[^;{}]*,)?\s*\(?\s*$/;
/** The same with the generator in the first place: `return co(function* () {`, `return _asyncToGenerator(function* () {…})()`. */
const FIRST = /(?:[{};]\s*return\s+|=>\s*)([\w$.]+|\(0,\s*[\w$.]+\))\(\s*\(?\s*$/;
const CO = /^co(?:_\d+)?(?:\.default)?$/;
const IS_CALLED = /^\s*\)?\s*\)\s*\(/;
/** Babel makes a function of a generator, once, and calls it in another one, which has the name. */
const ASSIGNED =
  /(?:^|[\s;{,(])([\w$.]+)\s*=\s*(?:\/\*#__PURE__\*\/\s*)?(?:\(0,\s*)?[\w$.]*asyncToGenerator[\w$.]*\)?\(\s*$/;
const CALLED_BEFORE =
  /function\s+([\w$]+)\s*\([^()]*\)\s*\{\s*return\s+([\w$]+)\.apply\(this,\s*arguments\);?\s*\}\s*function\s+\2\s*\(\)\s*\{\s*\2\s*=[^=;]*$/;
const CALLED_BEHIND =
  /^\s*\)\s*;?\s*(?:return\s+)?function\s+([\w$]+)\s*\([^()]*\)\s*\{\s*return\s+([\w$]+)\.apply\(this,\s*arguments\)/;
/** Where there is no other function, the assigned name counts, unless Babel has made it up. */
const IS_NAME = /(?:^|\.)[^_.][\w$]*$/;

/** Async functions that a compiler, or `co`, has put around a generator, which has no name. */
export interface Wrappers {
  /** The generator, as the function around it: under its name, and beginning where it does. As it is, if that is not clear. */
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
  return {
    wrap(generator) {
      const { script, token, end } = generator;
      const source = readField(reading, script, reading.layout.scripts.source);
      const from = Math.max(0, token - MAX_CHARACTERS);
      const before = readSubstring(reading, source, from, token - from) ?? '';
      const behind = readSubstring(reading, source, end, MAX_CHARACTERS) ?? '';
      const [, assigned] = ASSIGNED.exec(before) ?? [];
      if (assigned !== undefined) return { ...generator, name: nameAssigned(assigned, before, behind) };
      const [, callee = ''] = FIRST.exec(before) ?? [];
      const isReturned = HELPED.test(before) || CO.test(callee) || (callee !== '' && IS_CALLED.test(behind));
      const list = isReturned ? listOf(script) : undefined;
      const wrapper = list && findAround(reading, list, generator);
      return wrapper
        ? { ...generator, name: wrapper.name, token: wrapper.token, start: wrapper.start, end: wrapper.end }
        : generator;
    },
  };
}

/** Empty if it is not clear. */
function nameAssigned(assigned: string, before: string, behind: string): string {
  for (const [, name = '', callee] of [CALLED_BEFORE.exec(before) ?? [], CALLED_BEHIND.exec(behind) ?? []])
    if (callee === assigned) return name;
  return IS_NAME.test(assigned) ? assigned : '';
}

/** The innermost function around another one; undefined if that is not known. */
function findAround(reading: Reading, list: Buffer, inner: SharedFunction): SharedFunction | undefined {
  const index = findIndex(list, inner.pointer);
  for (let at = index - 1; at >= Math.max(0, index - MAX_BEFORE); at -= 1) {
    const word = readWord(list, at * 8);
    // A function that was never there has no weak pointer; one that is gone may have been around it.
    if (!isWeak(word)) continue;
    const shared = isCleared(word) ? undefined : readAny(reading, toStrong(word));
    if (!shared || shared.start < 0) return undefined;
    if (shared.start < inner.start && shared.end >= inner.end) return 'pointer' in shared ? shared : undefined;
  }
  return undefined;
}

/** Among the functions are scopes, from V8 13 on: of functions that are gone as well. */
function readAny(reading: Reading, pointer: number): SharedFunction | ScopeFacts | undefined {
  const isScope = typeOf(reading, pointer) === reading.layout.types.scopeInfo;
  return isScope ? readScopeInfo(reading, pointer) : readSharedFunction(reading, pointer);
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
