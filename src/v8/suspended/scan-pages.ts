import type { Memory } from '../memory.js';
import { PAGE_BYTES } from './candidates.js';
import type { EmptyPages } from './empty-pages.js';
import type { Gap } from './free-space.js';
import type { Look } from './look.js';
import type { Page } from './pages.js';
import type { Found, PageScanner } from './scan.js';

export interface PageScan {
  readonly scanner: PageScanner;
  readonly gaps: readonly Gap[];
  readonly empty: EmptyPages;
  /** The addresses of pages that had something in this look or an earlier one. */
  readonly full: Set<number>;
  /** Whether a page without anything is so until its header changes. */
  readonly canRemember: (page: Page) => boolean;
  /** Whether there is no time left: the scan of the last page may have been cut. */
  readonly isSpent: () => boolean;
}

export interface ScannedPages {
  /** Of the pages that have something. */
  readonly found: readonly Found[];
  /** The addresses of pages that could not be read, or not in time. */
  readonly unread: ReadonlySet<number>;
}

/** Scans pages one after the other, and notes those of the old generation that are empty. */
export function scanPages(
  pages: readonly Page[],
  { scanner, gaps, empty, full, canRemember, isSpent }: PageScan,
  onPage: (page: Page, isFull: boolean) => void = () => {},
): ScannedPages {
  const found: Found[] = [];
  const unread = new Set<number>();
  for (const page of pages) {
    const isLasting = !page.isYoung && canRemember(page);
    const scanned = scanner.scan(page, gaps);
    const isFull = scanned !== undefined && !scanned.isEmpty;
    onPage(page, isFull);
    if (!scanned || isSpent()) unread.add(page.address);
    if (isFull) {
      found.push(scanned);
      full.add(page.address);
      if (!page.isYoung) empty.addFull(page);
    } else if (scanned && isLasting && !isSpent()) empty.add(page);
  }
  return { found, unread };
}

/**
 * Copies the pages that are known to have something, and scans the others before it copies those that have. A copy of memory that is
 * used for the first time takes three times as long as a scan. @returns scans the first copies, whenever it is called
 */
export function copyPages(
  memory: Memory,
  pages: readonly Page[],
  scan: PageScan,
  onPage: () => void,
): () => ScannedPages {
  const lasting = new Set<number>();
  const kept: Page[] = [];
  const others: Page[] = [];
  for (const page of pages) {
    if (!page.isYoung && scan.canRemember(page)) lasting.add(page.address);
    if (scan.full.has(page.address) && memory.keep(page.address, page.bytes)) kept.push(page);
    else others.push(page);
    onPage();
  }
  const first = scanPages(others, scan, ({ address, bytes }, isFull) => {
    if (isFull) memory.keep(address, bytes);
    onPage();
  });
  return () => {
    const { found, unread } = scanPages(kept, { ...scan, canRemember: ({ address }) => lasting.has(address) });
    return { found: [...found, ...first.found], unread: new Set([...unread, ...first.unread]) };
  };
}

/**
 * Whether a page without anything is so until its header changes. The page in which the thread allocates is not. No page is while a
 * collection lasts that was on its way when the headers were read.
 */
export function createRemembering(
  { gaps, isCollecting: wasCollecting }: Pick<Look, 'gaps' | 'isCollecting'>,
  isCollecting: () => boolean,
) {
  let mayMove = wasCollecting;
  return ({ address }: Pick<Page, 'address'>): boolean => {
    mayMove &&= isCollecting();
    return !mayMove && !gaps.some(({ start, end }) => start < end && start >= address && start < address + PAGE_BYTES);
  };
}
