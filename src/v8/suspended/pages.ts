import { readMappings } from '../mappings.js';
import { isAddress, type Memory, readWord } from '../memory.js';

/** V8's heap is made of pages of 256 KiB, each with a header; from V8 13 on most of it is in a block of its own. */
export const PAGE_BYTES = 256 * 1024;

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

export interface Page {
  readonly address: number;
  readonly bytes: number;
  /** By which the lists of pages name it: its address, or its block's. */
  readonly reference: number;
  readonly previous: number;
  /** Of the young generation, and in use. */
  readonly isYoung: boolean;
  /** Changes when something is allocated on it, or swept from it. */
  readonly mark: number;
}

const HEADER_WORDS = 42;
/** Flags FROM_PAGE and TO_PAGE: halves of the young generation, of which the first holds what a collection has left behind. */
const FROM_PAGE = 8;
const TO_PAGE = 16;
const BLOCK = 1;
const MAX_HEAP_DISTANCE = 0x40000;
const MAX_CANDIDATES = 200_000;

interface Header {
  readonly head: Uint32Array;
  readonly reference: number;
  /** The words of the page, or of its block. */
  readonly words: Uint32Array;
}

/** The header of the page at an address; undefined if there is none. The same buffers are used again. */
function createHeaderReader(memory: Memory, isBlock: boolean): (address: number) => Header | undefined {
  const bytes = Buffer.from(new ArrayBuffer(HEADER_WORDS * 8));
  const block = Buffer.from(new ArrayBuffer(HEADER_WORDS * 8));
  const small = bytes.subarray(0, 16);
  const head = new Uint32Array(bytes.buffer);
  const words = new Uint32Array(block.buffer);
  return (address) => {
    if (!isBlock)
      return memory.readInto(bytes, address) === bytes.length ? { head, reference: address, words: head } : undefined;
    if (memory.readInto(small, address) !== small.length) return undefined;
    const reference = readWord(bytes, BLOCK * 8);
    if (!isAddress(reference) || reference % 8 !== 0) return undefined;
    return memory.readInto(block, reference) === block.length ? { head, reference, words } : undefined;
  };
}

function word(words: Uint32Array, index: number): number {
  return (words[2 * index] ?? 0) + (words[2 * index + 1] ?? 0) * 2 ** 32;
}

/** From a page of the young generation and one of the old, both of `isolate`. Undefined if they do not agree. */
export function findPageLayout(memory: Memory, isolate: number, young: number, old: number): PageLayout | undefined {
  for (const isBlock of [false, true]) {
    const read = createHeaderReader(memory, isBlock);
    const copy = (address: number) => {
      const header = read(address);
      return header && { head: header.head.slice(), words: header.words.slice(), reference: header.reference };
    };
    const one = copy(young);
    const other = copy(old);
    if (!one || !other) continue;
    // The address of a block has low bits that fit by chance: of an object that a collection has just moved, they were taken for flags.
    const flags = (isBlock ? [0] : [0, 1]).find((index) => {
      const states = [one, other].map(({ head }) => (word(head, index) % 32) & (FROM_PAGE | TO_PAGE));
      return states[0] === TO_PAGE && states[1] === 0;
    });
    const indices = Array.from({ length: HEADER_WORDS }, (_, index) => index);
    const self = indices.find((index) => word(one.words, index) === young && word(other.words, index) === old);
    const heap = indices.find((index) => {
      const distance = word(one.words, index) - isolate;
      return distance > 0 && distance < MAX_HEAP_DISTANCE && word(other.words, index) - isolate === distance;
    });
    if (flags === undefined || self === undefined || heap === undefined) continue;
    const found = { flags, isBlock, self, heap, heapDistance: word(one.words, heap) - isolate, next: -1 };
    const next = findLinks(memory, found, isolate);
    return next === undefined ? undefined : { ...found, next };
  }
  return undefined;
}

/** Two words side by side, by which the pages of a space are linked: each that is another page leads back. */
function findLinks(memory: Memory, layout: PageLayout, isolate: number): number | undefined {
  const read = createHeaderReader(memory, layout.isBlock);
  const headers = new Map<number, Uint32Array>();
  for (const { address } of listPages(memory, layout, isolate)) {
    const header = read(address);
    if (header) headers.set(header.reference, header.words.slice());
  }
  const found: number[] = [];
  for (let index = 0; index + 1 < HEADER_WORDS; index += 1) {
    let links = 0;
    const holds = [...headers].every(([reference, words]) => {
      const next = word(words, index);
      const behind = headers.get(next);
      if (next === 0) return true;
      if (!behind || next === reference || word(behind, index + 1) !== reference) return false;
      links += 1;
      return true;
    });
    if (holds && links > 2) found.push(index);
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The pages of an isolate that are in use, by their address. */
export function listPages(memory: Memory, layout: PageLayout, isolate: number): readonly Page[] {
  const read = createHeaderReader(memory, layout.isBlock);
  const heap = isolate + layout.heapDistance;
  const pages: Page[] = [];
  let candidates = 0;
  for (const { start, end, permissions, inode, name } of readMappings()) {
    if (!permissions.startsWith('rw-') || inode !== 0 || (name !== '' && !name.startsWith('[anon'))) continue;
    for (let address = Math.ceil(start / PAGE_BYTES) * PAGE_BYTES; address < end; address += PAGE_BYTES) {
      candidates += 1;
      if (candidates > MAX_CANDIDATES) return pages;
      const header = read(address);
      if (!header || word(header.words, layout.heap) !== heap || word(header.words, layout.self) !== address) continue;
      const flags = (word(header.head, layout.flags) % 32) & (FROM_PAGE | TO_PAGE);
      if (flags & FROM_PAGE) continue;
      pages.push({
        address,
        bytes: Math.min(PAGE_BYTES, end - address),
        reference: header.reference,
        previous: layout.next < 0 ? 0 : word(header.words, layout.next + 1),
        isYoung: flags !== 0,
        mark: hash(header.words),
      });
    }
  }
  return pages;
}

/** Of all words but the flags and what does not change: counters of bytes, the state of sweeping, lists. */
function hash(words: Uint32Array): number {
  let value = 0x811c9dc5;
  for (let index = 4; index < words.length; index += 1) value = Math.imul(value ^ (words[index] ?? 0), 0x01000193);
  return value;
}
