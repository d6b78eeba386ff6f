import { readSharedFunction, type SharedFunction } from './functions.js';
import {
  type Heap,
  isWeak,
  readByteArray,
  readElement,
  readField,
  readLength,
  toSmi,
  toStrong,
  typeOf,
} from './heap.js';
import type { MachineCode } from './machine-code.js';
import { findPosition, type PositionEncoding, toPosition } from './source-positions.js';

/** One call in optimised code: the function itself, or one that was inlined. */
export interface InlinedCall {
  /** Undefined for the function itself. */
  readonly inlined?: SharedFunction;
  /** In its script; -1 if that is not known. */
  readonly offset: number;
}

/** DeoptimizationData is an array; the inlined functions give its size. */
const MAX_ELEMENTS = 100_000;
const MAX_DEPTH = 50;
/** InliningPosition (V8's src/objects/code.h): a SourcePosition of 64 bits, an index of 32 bits, padding. */
const INLINING_BYTES = 16;

/**
 * The calls that optimised code was in at a return address, innermost first: its position table leads to a function and
 * to the chain of those that it was inlined into (SourcePosition::InliningStack). Believed only where the code's
 * own data name the function of the frame.
 */
export function readInlinedCalls(
  heap: Heap,
  encoding: PositionEncoding,
  code: MachineCode,
  pc: number,
  frameFunction: SharedFunction,
): readonly InlinedCall[] | undefined {
  const fields = heap.layout.code;
  const table = readByteArray(heap, readField(heap, code.pointer, fields.positions));
  let position = table && findPosition(table, encoding, pc - code.start - 1);
  if (position?.inlining === 0) return [{ offset: position.offset }];
  const data = readField(heap, code.pointer, fields.deoptimization);
  const length = readLength(heap, data);
  if (!position || !(length > fields.inliningPositions && length <= MAX_ELEMENTS)) return [{ offset: -1 }];
  if (readOwner(heap, data) !== frameFunction.pointer) return [{ offset: -1 }];
  const count = toSmi(readElement(heap, data, fields.inlinedCount));
  const literals = readElement(heap, data, fields.literals);
  const positions = readByteArray(heap, readElement(heap, data, fields.inliningPositions));
  const calls: InlinedCall[] = [];
  while (positions && position && position.inlining > 0) {
    const at = (position.inlining - 1) * INLINING_BYTES;
    // A call that is missing in the middle would make a wrong stack.
    if (calls.length === MAX_DEPTH || at + INLINING_BYTES > positions.length) return undefined;
    const index = positions.readInt32LE(at + 8);
    const inlined = index >= 0 && index < count ? readLiteral(heap, literals, index) : undefined;
    if (index >= 0 && !inlined) return undefined;
    calls.push(inlined ? { inlined, offset: position.offset } : { offset: position.offset });
    position = toPosition(Number(positions.readBigUInt64LE(at)));
  }
  return [...calls, { offset: position?.inlining === 0 ? position.offset : -1 }];
}

/** The function that the code was compiled for. */
function readOwner(heap: Heap, data: number): number {
  const { code, types } = heap.layout;
  const owner = readElement(heap, data, code.optimizedFunction);
  if (code.isWrapped === 0) return owner;
  return typeOf(heap, owner) === types.sharedFunctionInfoWrapper ? readField(heap, owner, code.wrapped) : 0;
}

function readLiteral(heap: Heap, literals: number, index: number): SharedFunction | undefined {
  const word = readElement(heap, literals, index);
  // A weak reference has the low bits 11.
  return readSharedFunction(heap, isWeak(word) ? toStrong(word) : word);
}
