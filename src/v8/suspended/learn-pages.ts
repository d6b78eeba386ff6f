import type { Memory } from '../memory.js';
import { createHeaderReader, generationOf, HEADER_WORDS, type PageLayout, TO_PAGE, word } from './page-header.js';
import { listPages } from './pages.js';

const MAX_HEAP_DISTANCE = 0x40000;
/** A page may be made while they are listed. */
const TRIES = 3;
/** So many pages lead back for each that does not. */
const MIN_LINKED = 2;

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
      const states = [one, other].map((header) => generationOf(header, index));
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
