import { isCollecting } from '../isolate.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES } from './candidates.js';
import { type Gap, readAreas } from './free-space.js';
import type { SuspendedLayout } from './layout.js';
import { type ListedHow, listPages, type Page, type PageList, relistPages } from './pages.js';

/** The pages of an isolate, as they were at one moment. */
export interface Look {
  readonly pages: readonly Page[];
  /** There was time to look for all of them. */
  readonly isWhole: boolean;
  readonly list: PageList;
  readonly young: readonly Page[];
  readonly isYoungKnown: boolean;
  readonly gaps: readonly Gap[];
  /** Milliseconds of the monotonic clock, right before the place was read at which the thread allocates. */
  readonly atMs: number;
  /** A collection was on its way: what it moves may come to a page after that was read, and its header stays as it is. */
  readonly isCollecting: boolean;
}

export interface UsedPage extends Pick<Page, 'address' | 'bytes'> {
  /** It is in use if its first object is too large for a page among others: the young generation does not list those. */
  readonly ifLarge?: true;
}

/** All pages with objects, the young ones first. */
export function listUsed({ pages, young }: Look): readonly UsedPage[] {
  const listed = new Set(young.map(({ address }) => address));
  const old = pages.filter(({ isYoung }) => !isYoung);
  const others = pages.filter(({ isYoung, address }) => isYoung && !listed.has(address));
  return [...young, ...old, ...others.map(({ address, bytes }): UsedPage => ({ address, bytes, ifLarge: true }))];
}

/** The pages in use now. Of the young generation those up to the one in which it allocates: the others are from before. */
export function lookAtPages(reading: Reading, layout: SuspendedLayout, isolate: number, how: ListedHow = {}): Look {
  return toLook(reading, layout, isolate, listPages(reading.memory, layout.pages, isolate, how));
}

/** Some moments after another look, of which large objects do not matter: see `relistPages`. */
export function lookAgain(
  reading: Reading,
  layout: SuspendedLayout,
  isolate: number,
  before: Look,
  how: ListedHow,
): Look {
  // A thread that sleeps has no area to allocate in: the young pages are not told by it.
  const list = before.isYoungKnown ? relistPages(reading.memory, layout.pages, isolate, before.list, how) : undefined;
  const look = list && toLook(reading, layout, isolate, list);
  return look?.isYoungKnown ? look : lookAtPages(reading, layout, isolate, how);
}

function toLook(reading: Reading, layout: SuspendedLayout, isolate: number, list: PageList): Look {
  const { pages, isWhole } = list;
  const collects = isCollecting(reading.memory, reading.isolate, isolate);
  const atMs = performance.now();
  const gaps = readAreas(reading, layout.free, isolate);
  const [{ start: top }] = gaps;
  const all = pages.filter(({ isYoung }) => isYoung);
  const current = all.find(({ address }) => top > address && top <= address + PAGE_BYTES);
  if (!current) return { pages, isWhole, list, young: all, isYoungKnown: false, gaps, atMs, isCollecting: collects };
  const byReference = new Map(all.map((page) => [page.reference, page]));
  const young: Page[] = [{ ...current, bytes: Math.min(current.bytes, top - current.address) }];
  // Each once: what changes while it is read may lead in a circle.
  byReference.delete(current.reference);
  for (let page = byReference.get(current.previous); page; page = byReference.get(page.previous)) {
    young.push(page);
    byReference.delete(page.reference);
  }
  return { pages, isWhole, list, young, isYoungKnown: true, gaps, atMs, isCollecting: collects };
}

/** Whether no collection has moved anything between two looks, and nothing was allocated in the old generation. */
export function isSame(one: Look, other: Look): boolean {
  if (one.isCollecting || other.isCollecting) return false;
  if (one.pages.length !== other.pages.length || one.young.length !== other.young.length) return false;
  // Both are in the order of their addresses.
  const isKept = other.pages.every((page, index) => {
    const old = one.pages[index];
    return old?.address === page.address && old.isYoung === page.isYoung && (page.isYoung || old.mark === page.mark);
  });
  const [first] = one.young;
  const [last] = other.young;
  return isKept && first?.address === last?.address && (first?.bytes ?? 0) <= (last?.bytes ?? 0);
}

/** Whether nothing was allocated in the old generation between two looks, and nothing swept from it. */
export function isOldSame(one: Look, other: Look): boolean {
  const before = one.pages.filter(({ isYoung }) => !isYoung);
  const after = other.pages.filter(({ isYoung }) => !isYoung);
  // Both are in the order of their addresses.
  return (
    before.length === after.length &&
    before.every(({ address, mark }, index) => address === after[index]?.address && mark === after[index]?.mark)
  );
}

/** Whether the thread may have made objects between two looks. */
export function hasAllocated(one: Look, other: Look): boolean {
  const isKnown = one.isYoungKnown && other.isYoungKnown;
  return !isKnown || one.gaps[0]?.start !== other.gaps[0]?.start;
}
