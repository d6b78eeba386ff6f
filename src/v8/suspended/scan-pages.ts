import { PAGE_BYTES } from './candidates.js';
import type { EmptyPages } from './empty-pages.js';
import type { Look } from './look.js';
import type { Page } from './pages.js';
import type { Found, PageScanner } from './scan.js';

export interface PageScan {
  readonly scanner: PageScanner;
  readonly empty: EmptyPages;
  /** Whether a page without anything is so until its header changes. */
  readonly canRemember: (page: Page) => boolean;
  /** Whether there is no time left: the scan of the last page may have been cut. */
  readonly isSpent: () => boolean;
  readonly onPage: () => void;
}

/** The pages that have something, those first that may; and how many could not be read, or not in time. */
export function scanPages(
  look: Look,
  { scanner, empty, canRemember, isSpent, onPage }: PageScan,
): { readonly found: readonly Found[]; readonly unread: number } {
  const old = look.pages.filter((page) => !page.isYoung && !empty.has(page));
  const found: Found[] = [];
  let unread = 0;
  for (const page of [...look.young, ...old]) {
    const isLasting = !page.isYoung && canRemember(page);
    const scanned = scanner.scan(page, look.gaps);
    onPage();
    if (!scanned || isSpent()) unread += 1;
    if (scanned && !scanned.isEmpty) found.push(scanned);
    else if (scanned && isLasting && !isSpent()) empty.add(page);
  }
  return { found, unread };
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
