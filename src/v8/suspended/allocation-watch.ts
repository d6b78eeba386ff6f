import { PAGE_BYTES } from './candidates.js';
import type { Look } from './look.js';

/** More than any thread allocates in a millisecond: memory is not filled faster. */
const MAX_BYTES_A_MS = 8 * 1024 ** 2;
const MIN_PAUSE_MS = 0.1;

/**
 * Tells whether a thread has made objects and moved none between two looks at its heap. It allocates in one page of the young
 * generation after the other, until a collection moves all that lives to the other half. The second collection leads back to the
 * first half: the place of allocation is to be seen before a thread can have filled both.
 */
export class AllocationWatch {
  readonly #before: Look;
  readonly #readTop: () => number;
  readonly #nowMs: () => number;
  readonly #maxPauseMs: number;
  readonly #tops: number[] = [];
  #lastMs: number;
  #isGapless = true;

  /** Begins right after a look. @param readTop reads the address at which the thread's next object comes */
  constructor(before: Look, readTop: () => number, nowMs: () => number = () => performance.now()) {
    this.#before = before;
    this.#readTop = readTop;
    this.#nowMs = nowMs;
    const bytes = before.list.all.filter(({ isYoung }) => isYoung).length * PAGE_BYTES;
    this.#maxPauseMs = bytes / MAX_BYTES_A_MS;
    this.#lastMs = nowMs();
    this.#tops.push(before.gaps[0]?.start ?? Number.NaN);
  }

  /** To be called again and again while the heap is read. */
  poll(): void {
    if (this.#nowMs() - this.#lastMs >= MIN_PAUSE_MS) this.#see(this.#readTop());
  }

  /** Whether all objects of the look before are where they were, and others have been made at most. */
  hasOnlyGrown(after: Look): boolean {
    this.#see(after.gaps[0]?.start ?? Number.NaN);
    const before = this.#before;
    const isKnown = before.isYoungKnown && after.isYoungKnown && !before.isCollecting && !after.isCollecting;
    return isKnown && this.#isGapless && isOldSame(before, after) && this.#hasRisen(after);
  }

  #see(top: number): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lastMs > this.#maxPauseMs) this.#isGapless = false;
    this.#lastMs = nowMs;
    if (top !== this.#tops.at(-1)) this.#tops.push(top);
  }

  /** Whether it has allocated in one young page after the other, without a collection. */
  #hasRisen({ young }: Look): boolean {
    const filled = young.slice(young.length - this.#before.young.length);
    if (this.#before.young.length > young.length) return false;
    if (filled.some(({ address }, index) => address !== this.#before.young[index]?.address)) return false;
    let newest = young.length - 1;
    let last = 0;
    for (const top of this.#tops) {
      const page = young.findIndex(({ address }) => top > address && top <= address + PAGE_BYTES);
      if (page < 0 || page > newest || (page === newest && top < last)) return false;
      newest = page;
      last = top;
    }
    return true;
  }
}

function isOldSame(one: Look, other: Look): boolean {
  const before = one.pages.filter(({ isYoung }) => !isYoung);
  const after = other.pages.filter(({ isYoung }) => !isYoung);
  // Both are in the order of their addresses.
  return (
    before.length === after.length &&
    before.every(({ address, mark }, index) => address === after[index]?.address && mark === after[index]?.mark)
  );
}
