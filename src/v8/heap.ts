import type { Layout } from './layout/layout.js';
import { isAddress, type Memory } from './memory.js';

/** Everything that a reader of V8's heap needs. */
export interface Heap {
  readonly memory: Memory;
  readonly layout: Layout;
}

const TWO_32 = 2 ** 32;

/** Whether a word may be a strong pointer to an object: its two low bits are 01 (V8's include/v8-internal.h). */
export function isPointer(word: number): boolean {
  return isAddress(word) && (word & 3) === 1;
}

/** A pointer that keeps no object alive ends with the bits 11, one that does with 01. */
export function isWeak(word: number): boolean {
  return word % 4 === 3;
}

/** Whether the object of a weak pointer is gone (V8's src/common/globals.h, kClearedWeakHeapObjectLower32). */
export function isCleared(weak: number): boolean {
  return weak % 2 ** 32 === 3;
}

/** The pointer to the object of a weak one. */
export function toStrong(weak: number): number {
  return weak - 2;
}

/** The value of a Smi, a small integer in the upper half of a word; NaN for anything else. */
export function toSmi(word: number): number {
  return word >= 0 && (word | 0) === 0 ? (word / TWO_32) | 0 : Number.NaN;
}

/** A field of an object, by its offset from the object's start. */
export function readField({ memory }: Heap, pointer: number, offset: number): number {
  return memory.word(pointer - 1 + offset);
}

export function readSmi(heap: Heap, pointer: number, offset: number): number {
  return toSmi(readField(heap, pointer, offset));
}

/** The instance type of an object, if `word` points at one; else -1. */
export function typeOf(heap: Heap, word: number): number {
  return isPointer(word) ? typeOfMap(heap, readField(heap, word, 0)) : -1;
}

/** Whether a collection has copied an object elsewhere: in the place of its Map is the copy's address, without a tag. */
export function isMoving(heap: Heap, word: number): boolean {
  const copy = isPointer(word) ? readField(heap, word, 0) : Number.NaN;
  return isAddress(copy) && copy % 8 === 0;
}

/** The instance type that a Map gives to its objects; -1 if it is no Map, which has a Map itself. */
export function typeOfMap({ memory, layout }: Heap, map: number): number {
  const { instanceType, map: mapType } = layout.types;
  if (!isPointer(map)) return -1;
  const meta = memory.word(map - 1);
  if (!isPointer(meta) || memory.uint16(meta - 1 + instanceType) !== mapType) return -1;
  const type = memory.uint16(map - 1 + instanceType);
  return Number.isNaN(type) ? -1 : type;
}

export function isString({ layout }: Heap, type: number): boolean {
  return type >= 0 && type < layout.types.firstNonString;
}

export function isFunction(heap: Heap, word: number): boolean {
  const type = typeOf(heap, word);
  return type >= heap.layout.types.firstFunction && type <= heap.layout.types.lastFunction;
}

export function isContext(heap: Heap, word: number): boolean {
  const type = typeOf(heap, word);
  return type >= heap.layout.types.firstContext && type <= heap.layout.types.lastContext;
}

/** An element of a FixedArray, or of an array laid out like one. */
export function readElement(heap: Heap, array: number, index: number): number {
  return readField(heap, array, heap.layout.arrays.elements + index * 8);
}

export function readLength(heap: Heap, array: number): number {
  return isPointer(array) ? readSmi(heap, array, heap.layout.arrays.length) : Number.NaN;
}

const MAX_TABLE_BYTES = 8 * 1024 * 1024;

/** The bytes of a ByteArray, in V8's heap or its trusted one. */
export function readByteArray(heap: Heap, pointer: number): Buffer | undefined {
  const { types, arrays } = heap.layout;
  const type = typeOf(heap, pointer);
  if (type !== types.byteArray && type !== types.trustedByteArray) return undefined;
  const length = readLength(heap, pointer);
  if (!(length >= 0 && length <= MAX_TABLE_BYTES)) return undefined;
  return heap.memory.bytes(pointer - 1 + arrays.elements, length);
}
