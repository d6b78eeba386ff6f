import { startDeadline } from '../deadline.js';
import { isAddress, type Memory, readWord } from '../memory.js';
import { PAGE_BYTES, visitCandidates } from './candidates.js';

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
const TWO_32 = 2 ** 32;
const MAX_HEAP_DISTANCE = 0x40000;
/** Milliseconds for one list. It ends early in a process with tens of gigabytes of buffers. */
const LIST_MS = 100;
/** A page may be made while they are listed. */
const TRIES = 3;
/** So many pages lead back for each that does not. */
const MIN_LINKED = 2;

interface Header {
  readonly head: Int32Array;
  readonly reference: number;
  /** The words of the page, or of its block. */
  readonly words: Int32Array;
}

/** A word of a header as two halves, which V8 compares without making a number of each. */
interface Halves {
  readonly low: number;
  readonly high: number;
}

function toHalves(word: number): Halves {
  return { low: word | 0, high: Math.floor(word / TWO_32) | 0 };
}

function isWord(words: Int32Array, index: number, { low, high }: Halves): boolean {
  return words[2 * index] === low && words[2 * index + 1] === high;
}

/** The header of the page at an address; undefined if there is none. The same buffers are used again. */
function createHeaderReader(memory: Memory, isBlock: boolean): (address: number) => Header | undefined {
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

function word(words: Int32Array, index: number): number {
  return ((words[2 * index] ?? 0) >>> 0) + ((words[2 * index + 1] ?? 0) >>> 0) * TWO_32;
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

/**
 * Two words side by side, by which the pages of a space are linked: nearly each that is another page leads back. Our own thread
 * collects its garbage while the pages of a large heap are listed, so that some are others by the time they are read.
 */
function findLinks(memory: Memory, layout: PageLayout, isolate: number): number | undefined {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const headers = readHeaders(memory, layout, isolate);
    const found = Array.from({ length: HEADER_WORDS - 1 }, (_, index) => index).filter((index) =>
      isLink(headers, index),
    );
    if (found.length === 1) return found[0];
  }
  return undefined;
}

function readHeaders(memory: Memory, layout: PageLayout, isolate: number): ReadonlyMap<number, Int32Array> {
  const read = createHeaderReader(memory, layout.isBlock);
  const headers = new Map<number, Int32Array>();
  for (const { address } of listPages(memory, layout, isolate).pages) {
    const header = read(address);
    if (header) headers.set(header.reference, header.words.slice());
  }
  return headers;
}

function isLink(headers: ReadonlyMap<number, Int32Array>, index: number): boolean {
  let links = 0;
  let broken = 0;
  for (const [reference, words] of headers) {
    const next = word(words, index);
    if (next === 0) continue;
    const behind = headers.get(next);
    if (behind && next !== reference && word(behind, index + 1) === reference) links += 1;
    else broken += 1;
  }
  return links > 2 && links > MIN_LINKED * broken;
}

export interface PageList {
  /** By their address. */
  readonly pages: readonly Page[];
  /** There was time to look for all of them. */
  readonly isWhole: boolean;
}

/** The pages of an isolate that are in use, as far as they are found in `maxMs` milliseconds of this thread. */
export function listPages(memory: Memory, layout: PageLayout, isolate: number, maxMs = LIST_MS): PageList {
  const read = createHeaderReader(memory, layout.isBlock);
  const heap = toHalves(isolate + layout.heapDistance);
  const pages: Page[] = [];
  const isLate = startDeadline(maxMs);
  const visit = (address: number, end: number): boolean => {
    const header = read(address);
    if (!header || word(header.words, layout.self) !== address) return false;
    const flags = (word(header.head, layout.flags) % 32) & (FROM_PAGE | TO_PAGE);
    if (!isWord(header.words, layout.heap, heap) || flags & FROM_PAGE) return true;
    pages.push({
      address,
      bytes: Math.min(PAGE_BYTES, end - address),
      reference: header.reference,
      previous: layout.next < 0 ? 0 : word(header.words, layout.next + 1),
      isYoung: flags !== 0,
      mark: hash(header.words),
    });
    return true;
  };
  const isWhole = visitCandidates(visit, () => isLate() || memory.isSpent());
  return { pages: pages.sort((one, other) => one.address - other.address), isWhole };
}

/** Of all words but the flags and what does not change: counters of bytes, the state of sweeping, lists. */
function hash(words: Int32Array): number {
  let value = 0x811c9dc5;
  for (let index = 4; index < words.length; index += 1) value = Math.imul(value ^ (words[index] ?? 0), 0x01000193);
  return value;
}
