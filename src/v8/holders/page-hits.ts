import { mayHave, type WordFilter } from '../word-filter.js';
import { createPageFilter, hashOf, indexOf, maskOf, type PageFilter } from './page-filter.js';

const TWO_32 = 2 ** 32;
/** Of the upper half of an address. */
export const HIGHEST_HALF = 0xffff;

/** Of the first search. */
export interface Noted {
  readonly filter: PageFilter;
  /** Start and end of each free space, as indices of words. */
  readonly free: number[];
}

/** Of a page among `pages`. */
export function createNoted(pages: number): Noted {
  return { filter: createPageFilter(pages), free: [] };
}

export function isFree({ free }: Noted, at: number): boolean {
  for (let index = 0; index < free.length; index += 2)
    if (at >= (free[index] as number) && at < (free[index + 1] as number)) return true;
  return false;
}

interface Sought {
  readonly freeLow: number;
  readonly freeHigh: number;
  readonly unit: number;
  readonly targetFilter: WordFilter;
  readonly targets: ReadonlySet<number>;
  /** Filled with the indices of words that refer to a target. */
  readonly hits: Int32Array;
}

/** The hot loop of the first search. As `findHits`, it is a small function without a closure, so that V8 compiles it once. */
export function noteAndFindHits(words: Int32Array, end: number, { filter, free }: Noted, sought: Sought): number {
  const { freeLow, freeHigh, unit, targetFilter, targets, hits } = sought;
  let count = 0;
  const { bits, shift } = filter;
  let last = 0;
  for (let at = 0; at < end; at += 2) {
    const low = words[at] as number;
    if ((low & 7) !== 1) continue;
    const high = words[at + 1] as number;
    if ((high & ~HIGHEST_HALF) !== 0) continue;
    if (low === freeLow && high === freeHigh) {
      const bytes = (words[at + 3] as number) * unit;
      if (words[at + 2] !== 0 || bytes < 16 || bytes % 8 !== 0 || bytes / 4 > end - at) continue;
      free.push(at, at + bytes / 4);
      at += bytes / 4 - 2;
      continue;
    }
    const hash = hashOf(low >>> shift, high);
    if (hash !== last) {
      const index = indexOf(hash, bits);
      bits[index] = (bits[index] as number) | maskOf(hash, shift);
    }
    last = hash;
    if (mayHave(targetFilter, low) && targets.has((low >>> 0) + high * TWO_32)) hits[count++] = at;
  }
  return count;
}

/** The hot loop of the searches after it. */
export function findHits(
  words: Int32Array,
  end: number,
  targetFilter: WordFilter,
  targets: ReadonlySet<number>,
  hits: Int32Array,
): number {
  let count = 0;
  for (let at = 0; at < end; at += 2) {
    const low = words[at] as number;
    if ((low & 7) !== 1 || !mayHave(targetFilter, low)) continue;
    if (targets.has((low >>> 0) + (words[at + 1] as number) * TWO_32)) hits[count++] = at;
  }
  return count;
}
