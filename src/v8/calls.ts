import { bytecodeLength, findBaselineOffset, findBytecodePosition } from './bytecode.js';
import { nameScript, readEvaluator } from './eval-origin.js';
import { readFunction, readSharedFunction, type SharedFunction } from './functions.js';
import { isFunction, readByteArray, readField, toSmi, typeOf } from './heap.js';
import { readInlinedCalls } from './inlining.js';
import type { MachineCode } from './machine-code.js';
import type { Reading } from './reading.js';

/** One call on a stack. */
export interface Call {
  readonly kind: 'js' | 'builtin' | 'native' | 'wasm';
  /** Empty if the function has none. */
  readonly functionName: string;
  /** The script's name as V8 shows it; `eval at …` for evaluated code; empty for code outside of scripts. */
  readonly file: string;
  /** From 1; 0 if not known. */
  readonly line: number;
  readonly column: number;
  /** Where its function starts. */
  readonly enclosingLine: number;
  readonly enclosingColumn: number;
  /** The place is the function's start: the call's own is not known. */
  readonly inexact: boolean;
  readonly code: 'interpreted' | MachineCode['kind'] | 'none';
  /** Frame pointer. */
  readonly frame: number;
  /** Script; 0 if it has none. */
  readonly script: number;
  readonly scriptId: number;
  /** A name that is there and cannot be read: the stack is not whole. */
  readonly isUnreadable: boolean;
}

/** A word of the stack, NaN outside of the part that was read. */
export type StackWord = (address: number) => number;

/**
 * The calls of one JavaScript frame, innermost first. The address that it returns to gives the kind of code: slots of
 * the frame may be left from code that it was entered with. Undefined if it cannot be told.
 */
export function readCalls(
  reading: Reading,
  word: StackWord,
  frame: number,
  pc: number,
  called: SharedFunction,
): readonly Call[] | undefined {
  const code = pc > 0 ? reading.codes.find(pc) : undefined;
  if (code?.kind === 'baseline') {
    return [describeCall(reading, called, findBaselinePosition(reading, code, pc, called), frame, 'baseline')];
  }
  if (code?.kind === 'maglev' || code?.kind === 'turbofan') {
    const calls = readInlinedCalls(reading, reading.encoding, code, pc, called);
    return calls?.map(({ inlined, offset }) => describeCall(reading, inlined ?? called, offset, frame, code.kind));
  }
  // Other kinds are copies of the interpreter's entry (--interpreted-frames-native-stack).
  const interpreted = findInterpretedPosition(reading, word, frame);
  if (interpreted !== undefined) return [describeCall(reading, called, interpreted, frame, 'interpreted')];
  return [describeCall(reading, called, -1, frame, 'none')];
}

const BUILTIN_SLOTS = 3;
const API_SLOTS = 11;

/** The function of C++ that JavaScript has called: the frame by which it left has it among its arguments. */
export function readCallee(reading: Reading, word: StackWord, frame: number, isBuiltinExit: boolean): Call | undefined {
  const { types, frames } = reading.layout;
  for (let slot = 0; slot < (isBuiltinExit ? BUILTIN_SLOTS : API_SLOTS); slot += 1) {
    const value = word(frame + frames.receiver + slot * 8);
    const found = isFunction(reading, value)
      ? readFunction(reading, value)
      : typeOf(reading, value) === types.functionTemplateInfo
        ? findTemplateFunction(reading, value)
        : undefined;
    // Functions of an embedder come from templates, and V8 leaves them out of its stacks.
    const kind = isBuiltinExit && !Number.isNaN(found?.builtin) ? 'builtin' : 'native';
    if (found?.script === 0 && found.name) return { ...PLACELESS, kind, functionName: found.name, frame };
  }
  return undefined;
}

export function describeWasm(frame: number): Call {
  return { ...PLACELESS, kind: 'wasm', functionName: 'wasm-function', frame };
}

const PLACELESS = {
  file: '',
  line: 0,
  column: 0,
  enclosingLine: 0,
  enclosingColumn: 0,
  inexact: false,
  code: 'none',
  script: 0,
  scriptId: 0,
  isUnreadable: false,
} as const;

/** A function that is not called: the place where it begins. Undefined if the pointer is no function's. */
export function describeFunction(reading: Reading, pointer: number): Call | undefined {
  const called = readFunction(reading, pointer);
  return called && describeCall(reading, called, -1, 0, 'none');
}

/** A call, or a suspended function, at an offset of its script; -1 if that is not known. */
export function describeCall(
  reading: Reading,
  called: SharedFunction,
  offset: number,
  frame: number,
  code: Call['code'],
): Call {
  const script = reading.scripts.read(called.script);
  const functionName = called.name ?? '';
  if (!script) {
    return { ...PLACELESS, kind: 'builtin', functionName, frame, isUnreadable: called.name === undefined };
  }
  // A position outside of its own function is never believed.
  const isInside = offset >= 0 && (called.start < 0 || (offset >= called.start && offset <= called.end));
  const enclosing = reading.scripts.locate(script, called.token);
  const place = reading.scripts.locateCall(script, isInside ? offset : called.token);
  const file = nameScript(reading, script);
  const named = functionName === '' && readEvaluator(reading, script) ? 'eval' : functionName;
  const isWasm = file.startsWith('wasm://');
  return {
    kind: isWasm ? 'wasm' : 'js',
    functionName: called.isClassConstructor ? `new ${functionName || '<anonymous>'}` : named,
    file,
    ...(isWasm ? { line: 0, column: 0 } : place),
    enclosingLine: enclosing.line,
    enclosingColumn: enclosing.column,
    inexact: !isInside || place.line === 0,
    code,
    frame,
    script: script.pointer,
    scriptId: script.id,
    isUnreadable: called.name === undefined || script.name === undefined,
  };
}

function findBaselinePosition(reading: Reading, code: MachineCode, pc: number, called: SharedFunction): number {
  const sizes = reading.bytecodeSizes();
  const table = readByteArray(reading, readField(reading, code.pointer, reading.layout.code.positions));
  if (!sizes || !table || called.bytecode === 0) return -1;
  const offset = findBaselineOffset(reading, sizes, table, called.bytecode, pc - code.start);
  return offset < 0 ? -1 : findBytecodePosition(reading, reading.encoding, called.bytecode, offset);
}

/** Undefined if the frame is not the interpreter's. */
function findInterpretedPosition(reading: Reading, word: StackWord, frame: number): number | undefined {
  const { frames, types, code } = reading.layout;
  const bytecode = word(frame + frames.bytecodeArray);
  // From the array's start, as the interpreter keeps it.
  const offset = toSmi(word(frame + frames.bytecodeOffset)) - (code.bytecodeData - 1);
  if (typeOf(reading, bytecode) !== types.bytecodeArray) return undefined;
  if (!(offset >= 0 && offset < bytecodeLength(reading, bytecode))) return undefined;
  return findBytecodePosition(reading, reading.encoding, bytecode, offset);
}

/** FunctionTemplateInfo: the template of an embedder's function. Its SharedFunctionInfo is one of its fields. */
const MAX_TEMPLATE_BYTES = 200;

function findTemplateFunction(reading: Reading, template: number): SharedFunction | undefined {
  const { sharedFunctionInfo } = reading.layout.types;
  for (let offset = 8; offset < MAX_TEMPLATE_BYTES; offset += 8) {
    const field = readField(reading, template, offset);
    if (typeOf(reading, field) === sharedFunctionInfo) return readSharedFunction(reading, field);
  }
  return undefined;
}
