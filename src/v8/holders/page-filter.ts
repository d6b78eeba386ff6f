/** The things that a page of the heap refers to, as bits: it may have more, never less. */
export interface PageFilter {
  readonly bits: Int32Array;
  /** Bits of an address that are left out: 3 tells each object, 12 the part of memory in which it is. */
  readonly shift: number;
}

const FINE = { words: 8192, shift: 3 };
const COARSE = { words: 1024, shift: 12 };

export function createPageFilter(isFine: boolean): PageFilter {
  const { words, shift } = isFine ? FINE : COARSE;
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
