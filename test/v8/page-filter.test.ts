import { describe, expect, it } from 'vitest';
import { createPageFilter, hashOf, indexOf, maskOf, mayRefer } from '../../src/v8/holders/page-filter.js';

const SEEN = 12_000;
const OTHERS = 100_000;

/** Addresses of objects as V8 has them: in a few areas, eight bytes apart. */
function makeAddresses(count: number, seed: number): readonly (readonly [low: number, high: number])[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >>> 0;
  };
  return Array.from({ length: count }, () => {
    const area = (next() >>> 16) % 300;
    return [((area * 2 ** 18 + ((next() >>> 8) % 2 ** 15) * 8 + 1) | 0) as number, 0x7a1] as const;
  });
}

describe('the filter of a page', () => {
  it.for([100, 1000, 10_000])('has everything that was noted, among %i pages', (pages) => {
    const filter = createPageFilter(pages);
    const seen = makeAddresses(SEEN, 1);
    for (const [low, high] of seen) {
      const hash = hashOf(low >>> filter.shift, high);
      const index = indexOf(hash, filter.bits);
      filter.bits[index] = (filter.bits[index] ?? 0) | maskOf(hash, filter.shift);
    }
    expect(seen.every(([low, high]) => mayRefer(filter, low, high))).toBe(true);
    if (pages > 256) return;
    const known = new Set(seen.map(([low]) => low));
    const others = makeAddresses(OTHERS, 7).filter(([low]) => !known.has(low));
    expect(others.length).toBeGreaterThan(OTHERS / 2);
    const taken = others.filter(([low, high]) => mayRefer(filter, low, high));
    // One in fifty would be read for nothing.
    expect(taken.length / others.length).toBeLessThan(0.02);
  });
});
