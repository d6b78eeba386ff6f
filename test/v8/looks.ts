import type { Look } from '../../src/v8/suspended/look.js';
import type { Page } from '../../src/v8/suspended/pages.js';

export const PAGE_BYTES = 256 * 1024;
export const AT = 0x7000_0000;
export const NO_GAP = { start: Number.NaN, end: Number.NaN };

export const pageAt = (number: number, more: Partial<Page> = {}): Page => ({
  address: AT + number * PAGE_BYTES,
  bytes: PAGE_BYTES,
  reference: AT + number * PAGE_BYTES,
  previous: 0,
  isYoung: false,
  mark: 1,
  ...more,
});

/** A look at pages, of which the last young one is the one that V8 allocates in. */
export function lookAt(pages: readonly Page[], more: Partial<Look> = {}): Look {
  const young = pages.filter(({ isYoung }) => isYoung).reverse();
  const list = { pages, all: pages, isWhole: true, isClosed: true };
  return {
    pages,
    young,
    list,
    isWhole: true,
    isYoungKnown: true,
    gaps: [NO_GAP],
    atMs: 0,
    isCollecting: false,
    ...more,
  };
}
