import type { Page } from './pages.js';

/**
 * Pages of the old generation on which nothing is suspended, and nothing can be until something is allocated on them: they are
 * read once, and not again while their headers stay.
 */
export interface EmptyPages {
  /** Begins another walk, with the pages that there are then. */
  begin(pages: readonly Page[]): void;
  has(page: Page): boolean;
  add(page: Page): void;
}

/** A full collection sweeps every page: then a header that is as it was tells nothing. */
const KEPT_SHARE = 0.7;

export function createEmptyPages(): EmptyPages {
  const marks = new Map<number, number>();
  return {
    begin(pages) {
      const known = pages.filter(({ address }) => marks.has(address));
      const kept = known.filter(({ address, mark }) => marks.get(address) === mark);
      if (kept.length < KEPT_SHARE * marks.size) marks.clear();
    },
    has: ({ address, mark }) => marks.get(address) === mark,
    add: ({ address, mark }) => void marks.set(address, mark),
  };
}
