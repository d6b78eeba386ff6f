import { startDeadline } from '../deadline.js';
import { isCollecting } from '../isolate.js';
import type { Budget, Memory } from '../memory.js';
import type { Reading } from '../reading.js';
import { AllocationWatch } from './allocation-watch.js';
import { PAGE_BYTES } from './candidates.js';
import type { EmptyPages } from './empty-pages.js';
import { readTop } from './free-space.js';
import { linkSuspended } from './graph.js';
import { findJobMaps } from './job-maps.js';
import type { SuspendedLayout } from './layout.js';
import { hasAllocated, isOldSame, isSame, type Look, lookAgain, lookAtPages } from './look.js';
import type { ListedHow, Page } from './pages.js';
import { createPageScanner } from './scan.js';
import { copyPages, createRemembering, type PageScan, type ScannedPages, scanPages } from './scan-pages.js';
import { hasStayed } from './stays.js';
import type { SuspendedFunctions } from './suspended-functions.js';

/** Suspended functions as they were at one moment, as far as their thread lets that be. */
export interface Snapshot {
  readonly suspended: SuspendedFunctions;
  /** No object has moved while the heap was copied. */
  readonly isUnmoved: boolean;
  /** Nor has a function gone on: none is missing. */
  readonly isQuiet: boolean;
  /** The whole heap was read in time. */
  readonly isWhole: boolean;
  readonly heapBytes: number;
}

export interface SnapshotThread {
  readonly isolate: number;
  /** The number of the hold in which its thread is: nothing moves. */
  readonly hold?: number;
  /** It was read before, for the same report. */
  readonly isLater?: boolean | undefined;
  /** The number of the sleep that its thread is in; undefined while it runs, or if the kernel does not count them. */
  sleep(): number | undefined;
}

/** Milliseconds after which the next look is the last one. */
const LOOK_MS = 120;
/** Looks at the heap until one finds that nothing has moved since it began. */
const MAX_LOOKS = 4;
/** So many pages of which nothing is known are read before the first look: it lasts no longer than the others then. */
const MAX_UNKNOWN_PAGES = 64;

/**
 * Looks again while objects are moved or functions go on, as long as there is time. If nothing has moved, the memory's cache still
 * has the copies in the end. Each step of a look has the budget.
 */
export function takeSnapshot(
  reading: Reading,
  layout: SuspendedLayout,
  thread: SnapshotThread,
  empty: EmptyPages,
  budget: Budget,
): Snapshot {
  const { isolate, isLater = false } = thread;
  const how = { isLater, findKnown: empty.find };
  const scan = createScan(reading, layout, isolate, empty);
  const isLate = startDeadline(LOOK_MS);
  let asleep = thread.sleep();
  let look = lookAtPages(reading, layout, isolate, how);
  empty.begin(look.pages);
  const unknown = look.pages.filter(empty.mayBeEmpty);
  const isKnown = unknown.length <= MAX_UNKNOWN_PAGES;
  const left = isKnown ? new Set<number>() : scanPages(unknown, scan(look)).unread;
  const isLeft = ({ address }: Page) => left.has(address);
  for (let looks = 1; ; looks += 1) {
    if (looks > 1 || !isKnown) {
      reading.memory.begin(budget);
      asleep = thread.sleep();
      look = lookAgain(reading, layout, isolate, look, how);
    }
    const old = look.pages.filter((page) => !page.isYoung && !empty.has(page) && !isLeft(page));
    // Most threads have nothing that goes on meanwhile. Copies are for the others.
    const copies = looks > 1 || isLate();
    const isLast = looks === MAX_LOOKS || isLate();
    const beginning = { look, asleep, pages: [...look.young, ...old], scan: scan(look), copies, isLast, how };
    const taken = takeOnce(reading, layout, thread, beginning, budget);
    // Functions of a server go on at any time: another look finds others that have.
    if (taken && (taken.isQuiet || copies)) return { ...taken, isWhole: taken.isWhole && !look.pages.some(isLeft) };
  }
}

interface Beginning {
  readonly look: Look;
  /** The sleep that the thread was in before the look. */
  readonly asleep: number | undefined;
  /** Those that matter, the young ones first. */
  readonly pages: Look['pages'];
  readonly scan: PageScan;
  /** The functions are found and linked in copies of the pages, and not in the heap as it goes on. */
  readonly copies: boolean;
  /** Objects that have moved do not make it in vain. */
  readonly isLast: boolean;
  readonly how: ListedHow;
}

/** Reads the pages, sees whether anything has moved meanwhile, and links the functions then; undefined if something has. */
function takeOnce(
  reading: Reading,
  layout: SuspendedLayout,
  { isolate, hold, sleep }: SnapshotThread,
  { look, asleep, pages, scan, copies, isLast, how }: Beginning,
  budget: Budget,
): Snapshot | undefined {
  const { memory } = reading;
  // A thread that collects garbage sleeps while others help it.
  const isFrozen = () => hold !== undefined || (asleep !== undefined && asleep === sleep() && !look.isCollecting);
  const top = () => readTop(reading, layout.free, isolate);
  const watch = new AllocationWatch(look, top);
  const onPage = () => watch.poll();
  const lookOn = () => {
    memory.goOn(budget);
    return lookAgain(reading, layout, isolate, look, { ...how, onPage });
  };
  const finishScan = readPages(memory, pages, scan, copies, onPage);
  const again = isFrozen() ? look : lookOn();
  const isUnmoved = again === look || watch.hasOnlyGrown(again) || isSame(look, again);
  if (!isUnmoved && !isLast) return undefined;
  const hasBegun = isUnmoved && again !== look && look.isYoungKnown && haveBegun(look, again, scan);
  memory.goOn(budget);
  const { found, unread } = finishScan();
  memory.goOn(budget);
  const suspended = linkSuspended(reading, layout, found);
  const isWhole = look.isWhole && unread.size === 0 && !memory.isSpent();
  const hasRested = (): boolean => {
    // The links of functions go through objects that were not copied, too. A thread that has made none has collected none.
    const later = top() === again.gaps[0]?.start ? again : lookOn();
    if (later !== again && !isOldSame(again, later)) return false;
    return memory.now(() => hasStayed(reading, suspended, found, hasAllocated(look, later)));
  };
  const isQuiet = isFrozen() || (isUnmoved && look.isYoungKnown && !hasBegun && hasRested());
  return { suspended, isUnmoved, isQuiet, isWhole, heapBytes: look.pages.length * PAGE_BYTES };
}

/** @returns tells the pages that were read */
function readPages(
  memory: Memory,
  pages: readonly Page[],
  scan: PageScan,
  copies: boolean,
  onPage: () => void,
): () => ScannedPages {
  if (copies) return copyPages(memory, pages, scan, onPage);
  const scanned = scanPages(pages, scan, onPage);
  return () => scanned;
}

/** Whether a function has begun to wait between two looks, in place of one that had ended before it was copied. */
function haveBegun(look: Look, again: Look, scan: PageScan): boolean {
  const known = new Map(look.young.map(({ address, bytes }) => [address, bytes]));
  const added = again.young.map((page) => {
    const bytes = known.get(page.address) ?? 0;
    return { ...page, address: page.address + bytes, bytes: page.bytes - bytes };
  });
  const { found } = scanPages(
    added.filter(({ bytes }) => bytes > 0),
    { ...scan, gaps: again.gaps },
  );
  return found.some(({ suspended, promises }) => suspended.length + promises.length > 0);
}

function createScan(reading: Reading, layout: SuspendedLayout, isolate: number, empty: EmptyPages) {
  const { memory } = reading;
  const scanner = createPageScanner(reading, layout, findJobMaps(reading, isolate));
  const full = new Set<number>();
  return (look: Look): PageScan => {
    scanner.begin();
    const canRemember = createRemembering(look, () => isCollecting(memory, reading.isolate, isolate));
    return { scanner, gaps: look.gaps, empty, full, canRemember, isSpent: memory.isSpent };
  };
}
