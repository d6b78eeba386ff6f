import { isAddress, type Memory, readWord } from '../memory.js';

/** The header of a page (V8's src/heap/memory-chunk.h, mutable-page.h), as words from its start. None of it is exported. */
export interface PageLayout {
  /** The word with the flags. */
  readonly flags: number;
  /** The other words are in the block that the second word points at. */
  readonly isBlock: boolean;
  /** The page's own address. */
  readonly self: number;
  /** The Heap that it belongs to, and how far that is from the start of its isolate. */
  readonly heap: number;
  readonly heapDistance: number;
  /** The next page of its space; the word behind it is the one before. */
  readonly next: number;
}

export const HEADER_WORDS = 42;
/** Flags FROM_PAGE and TO_PAGE: halves of the young generation, of which the first holds what a collection has left behind. */
export const FROM_PAGE = 8;
export const TO_PAGE = 16;
const BLOCK = 1;
const TWO_32 = 2 ** 32;

export interface Header {
  readonly head: Int32Array;
  /** By which the lists of pages name it: its address, or its block's. */
  readonly reference: number;
  /** The words of the page, or of its block. */
  readonly words: Int32Array;
}

/** Reads the header of the page that begins at an address, if one does. Each call overwrites the header of the call before. */
export function createHeaderReader(memory: Memory, isBlock: boolean): (address: number) => Header | undefined {
  const bytes = Buffer.from(new ArrayBuffer(HEADER_WORDS * 8));
  const block = Buffer.from(new ArrayBuffer(HEADER_WORDS * 8));
  const small = bytes.subarray(0, 16);
  const head = new Int32Array(bytes.buffer);
  const words = new Int32Array(block.buffer);
  return (address) => {
    if (!isBlock)
      return memory.readInto(bytes, address) === bytes.length ? { head, reference: address, words: head } : undefined;
    if (memory.readInto(small, address) !== small.length) return undefined;
    const reference = readWord(bytes, BLOCK * 8);
    if (!isAddress(reference) || reference % 8 !== 0) return undefined;
    return memory.readInto(block, reference) === block.length ? { head, reference, words } : undefined;
  };
}

export function word(words: Int32Array, index: number): number {
  return ((words[2 * index] ?? 0) >>> 0) + ((words[2 * index + 1] ?? 0) >>> 0) * TWO_32;
}

/** A word as two halves, which V8 compares without making a number of each. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

export function toHalves(word: number): Halves {
  return { low: word | 0, high: Math.floor(word / TWO_32) | 0 };
}

export function isWord(words: Int32Array, index: number, { low, high }: Halves): boolean {
  return words[2 * index] === low && words[2 * index + 1] === high;
}

/** FROM_PAGE, TO_PAGE, or 0 for a page of the old generation. */
export function generationOf({ head }: Pick<Header, 'head'>, index: number): number {
  return (word(head, index) % 32) & (FROM_PAGE | TO_PAGE);
}
