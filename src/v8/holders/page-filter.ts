/** The things that a page of the heap refers to, as bits: it may have more, never less. */
export interface PageFilter {
  readonly bits: Int32Array;
  /** Bits of an address that are left out: 3 tells each object, 12 the part of memory in which it is. */
  readonly shift: number;
}

/** In a heap of up to so many pages each tells nearly every object apart. */
const FINE = { pages: 256, words: 8192, shift: 3 };
/** Parts of memory. */
const COARSE = { pages: 4096, words: 1024, shift: 12 };
/** In a heap of gigabytes the filters are most of the memory that a search takes. */
const COARSEST = { words: 256, shift: 12 };

/** Of a page among `pages`. */
export function createPageFilter(pages: number): PageFilter {
  const { words, shift } = pages <= FINE.pages ? FINE : pages <= COARSE.pages ? COARSE : COARSEST;
  return { bits: new Int32Array(words), shift };
}

/** Whether the page may refer to the object at an address, given as two halves. */
export function mayRefer({ bits, shift }: PageFilter, low: number, high: number): boolean {
  const hash = hashOf(low >>> shift, high);
  const mask = maskOf(hash, shift);
  return ((bits[indexOf(hash, bits)] as number) & mask) === mask;
}

/** For the hot loop that notes them, as the two below. */
export function hashOf(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e5), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** The word of a hash; the number of words is a power of two. */
export function indexOf(hash: number, { length }: Int32Array): number {
  return (hash >>> 19) & (length - 1);
}

/** The bits of a hash in its word: four that tell objects apart, or one, as a word has the bits of many parts. */
export function maskOf(hash: number, shift: number): number {
  const first = 1 << (hash & 31);
  if (shift === COARSE.shift) return first;
  return first | (1 << ((hash >>> 5) & 31)) | (1 << ((hash >>> 10) & 31)) | (1 << ((hash >>> 14) & 31));
}
