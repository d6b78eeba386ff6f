import type { Page } from './pages.js';

/**
 * Pages of the old generation on which nothing is suspended, and nothing can be until something is allocated on them: they are
 * read once, and not again while their headers stay.
 */
export interface EmptyPages {
  /** Begins another walk, with the pages that there are then. */
  begin(pages: readonly Page[]): void;
  has(page: Page): boolean;
  /** The page as it was when it was found to be empty. */
  find(address: number): Page | undefined;
  add(page: Page): void;
  /** Whether a page of the old generation may be empty, for all that is known. */
  mayBeEmpty(page: Page): boolean;
  addFull(page: Page): void;
}

/** A full collection sweeps every page: then a header that is as it was tells nothing. */
const KEPT_SHARE = 0.7;

export function createEmptyPages(): EmptyPages {
  const empty = new Map<number, Page>();
  /** Their addresses: one on which something is suspended has something the next time, too. */
  const full = new Set<number>();
  const has = ({ address, mark }: Page) => empty.get(address)?.mark === mark;
  return {
    begin(pages) {
      let kept = 0;
      for (const page of pages) if (has(page)) kept += 1;
      if (kept >= KEPT_SHARE * empty.size) return;
      empty.clear();
      full.clear();
    },
    has,
    find: (address) => empty.get(address),
    add(page) {
      empty.set(page.address, page);
      full.delete(page.address);
    },
    mayBeEmpty: (page) => !page.isYoung && !has(page) && !full.has(page.address),
    addFull: ({ address }) => void full.add(address),
  };
}
