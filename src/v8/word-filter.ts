const BITS = 65_536;
const TWO_32 = 2 ** 32;

/** A set of words by their lower halves, for the hot loops that look for them: 8 KiB, so that the processor keeps it at hand. */
export type WordFilter = Int32Array;

export function createWordFilter(words: Iterable<number>): WordFilter {
  const filter = new Int32Array(BITS / 32);
  for (const word of words) {
    const low = word % TWO_32;
    const index = (low >>> 8) & (BITS / 32 - 1);
    filter[index] = (filter[index] as number) | (1 << ((low >>> 3) & 31));
  }
  return filter;
}

/** Whether a word with this lower half may be in the set. */
export function mayHave(filter: WordFilter, low: number): boolean {
  return (((filter[(low >>> 8) & (BITS / 32 - 1)] as number) >>> ((low >>> 3) & 31)) & 1) === 1;
}
