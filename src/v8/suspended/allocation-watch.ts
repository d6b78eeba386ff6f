import { PAGE_BYTES } from './candidates.js';
import { isOldSame, type Look } from './look.js';
import type { Page } from './pages.js';

/** No thread fills more in a millisecond, with the two collections that lead back to a page. */
const MAX_BYTES_A_MS = 8 * 1024 ** 2;
/** Milliseconds between two reads of the place at which a thread allocates. */
const STEP_MS = 0.1;
/** Reads in the longest time in which it may stay unseen. */
const STEPS = 4;

/**
 * Tells whether a thread has made objects and moved none between two looks at its heap. It allocates in one page of the young
 * generation after the other. A collection moves all objects that live to the other half, or to the old generation; the second one
 * leads back to the first half. So the place at which it allocates has to be seen before the thread can have filled both halves.
 * Objects that live through two collections are in the old generation, whose pages are compared.
 */
export class AllocationWatch {
  readonly #before: Look;
  readonly #readTop: () => number;
  readonly #nowMs: () => number;
  readonly #maxPauseMs: number;
  readonly #stepMs: number;
  readonly #tops: number[] = [];
  #lastMs: number;
  #isGapless = true;

  /** Begins with a look. @param readTop reads the address at which the thread's next object comes; NaN if it cannot be read */
  constructor(before: Look, readTop: () => number, nowMs: () => number = () => performance.now()) {
    this.#before = before;
    this.#readTop = readTop;
    this.#nowMs = nowMs;
    const bytes = before.list.all.filter(({ isYoung }) => isYoung).length * PAGE_BYTES;
    this.#maxPauseMs = bytes / MAX_BYTES_A_MS;
    this.#stepMs = Math.min(STEP_MS, this.#maxPauseMs / STEPS);
    this.#lastMs = before.atMs;
    this.#tops.push(topOf(before));
  }

  /** To be called again and again while the heap is read. */
  poll(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lastMs < this.#stepMs) return;
    const top = this.#readTop();
    // There may be no time left to read it.
    if (!Number.isNaN(top)) this.#see(top, nowMs);
  }

  /** Whether all objects of the look before are where they were, and others have been made at most. */
  hasOnlyGrown(after: Look): boolean {
    this.#see(topOf(after), after.atMs);
    const before = this.#before;
    const isKnown = before.isYoungKnown && after.isYoungKnown && !before.isCollecting && !after.isCollecting;
    return isKnown && this.#isGapless && isOldSame(before, after) && this.#hasRisen(after);
  }

  /** @param atMs a time before the place was read */
  #see(top: number, atMs: number): void {
    if (this.#nowMs() - this.#lastMs > this.#maxPauseMs) this.#isGapless = false;
    this.#lastMs = atMs;
    if (top !== this.#tops.at(-1)) this.#tops.push(top);
  }

  /** Whether it has allocated in one young page after the other. */
  #hasRisen({ young }: Look): boolean {
    const { young: first } = this.#before;
    const more = young.length - first.length;
    if (more < 0 || first.some(({ address }, index) => address !== young[index + more]?.address)) return false;
    let index = young.length - 1;
    let last = 0;
    for (const top of this.#tops) {
      const isHere = () => isIn(top, young[index]);
      if (!isHere()) last = 0;
      while (index >= 0 && !isHere()) index -= 1;
      if (index < 0 || top < last) return false;
      last = top;
    }
    return true;
  }
}

function topOf({ gaps }: Look): number {
  return gaps[0]?.start ?? Number.NaN;
}

function isIn(top: number, page: Page | undefined): boolean {
  return page !== undefined && top > page.address && top <= page.address + PAGE_BYTES;
}
