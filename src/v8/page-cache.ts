import { MessageChannel } from 'node:worker_threads';

/** A page of memory, not of V8's heap. */
export const PAGE_BYTES = 4096;
/** 12 MiB. Four times as many are no quicker, even for 100,000 functions: objects that refer to each other lie together. */
const MAX_CACHED_PAGES = 3 * 1024;
/** 32 MiB, in addition: the young generation of most programs, twice. */
const MAX_KEPT_PAGES = 8 * 1024;
/** Pages are side by side, in blocks of a megabyte: one buffer a page takes longer to make than to fill. */
const BLOCK_PAGES = 256;

export interface CachedPage {
  /** A block of pages, as bytes and as halves of words, and where the page starts in it. */
  readonly bytes: Buffer;
  readonly words: Uint32Array<ArrayBuffer>;
  readonly start: number;
}

/** At once: nothing makes V8 look for garbage soon. Node 20 has no `transfer`, but drops a message that nobody gets. */
function free(buffers: readonly (ArrayBuffer & { transfer?(bytes: number): unknown })[]): void {
  if (buffers[0]?.transfer) {
    for (const buffer of buffers) buffer.transfer?.(0);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.postMessage(undefined, [...buffers]);
}

/** The pages that were read, by their number. One that could not be read is known, too. */
export function createPageCache() {
  const known = new Map<number, CachedPage | undefined>();
  const slots: CachedPage[] = [];
  let used = 0;
  const kept = new Map<number, CachedPage>();
  let usedByKept = 0;
  let seesKept = true;
  /** The page that was looked at last: most reads are of the same one. */
  let lastNumber = -1;
  let last: CachedPage | undefined;
  const addBlock = (): void => {
    const bytes = Buffer.allocUnsafeSlow(BLOCK_PAGES * PAGE_BYTES);
    const words = new Uint32Array(bytes.buffer as ArrayBuffer);
    for (let start = 0; start < bytes.length; start += PAGE_BYTES) slots.push({ bytes, words, start });
  };
  const add = (number: number, fill: (into: Buffer, number: number) => boolean): CachedPage | undefined => {
    if (known.size >= MAX_CACHED_PAGES) {
      known.clear();
      used = usedByKept;
    }
    if (used === slots.length) addBlock();
    const slot = slots[used] as CachedPage;
    const isFilled = fill(slot.bytes.subarray(slot.start, slot.start + PAGE_BYTES), number);
    if (isFilled) used += 1;
    const found = isFilled ? slot : undefined;
    known.set(number, found);
    return found;
  };
  const clearOthers = (): void => {
    known.clear();
    used = usedByKept;
    lastNumber = -1;
    last = undefined;
  };
  const clear = (): void => {
    seesKept = true;
    kept.clear();
    usedByKept = 0;
    clearOthers();
  };
  return {
    find(number: number, fill: (into: Buffer, number: number) => boolean): CachedPage | undefined {
      if (number === lastNumber) return last;
      const found = (seesKept ? kept.get(number) : undefined) ?? known.get(number);
      last = found || known.has(number) ? found : add(number, fill);
      lastNumber = number;
      return last;
    },
    /** Reads pages in a row, and has them until the next `clear`. False if `fill` has not all of them, or there is no room. */
    keep(number: number, count: number, fill: (into: Buffer, number: number) => number): boolean {
      if (kept.size + count > MAX_KEPT_PAGES) return false;
      let isWhole = true;
      for (let done = 0; done < count; ) {
        if (used === slots.length) addBlock();
        const { bytes, start } = slots[used] as CachedPage;
        const run = bytes.subarray(start, start + (count - done) * PAGE_BYTES);
        const filled = Math.floor(fill(run, number + done) / PAGE_BYTES);
        for (let page = 0; page < filled; page += 1) kept.set(number + done + page, slots[used + page] as CachedPage);
        used += filled;
        done += run.length / PAGE_BYTES;
        isWhole &&= filled * PAGE_BYTES === run.length;
      }
      usedByKept = used;
      lastNumber = -1;
      return isWhole;
    },
    /** Copies bytes of kept pages; false if one of the pages is not kept. */
    copyKept(into: Buffer, address: number): boolean {
      for (let done = 0; done < into.length; ) {
        const offset = (address + done) % PAGE_BYTES;
        const page = kept.get((address + done - offset) / PAGE_BYTES);
        if (!page) return false;
        done += page.bytes.copy(into, done, page.start + offset, page.start + PAGE_BYTES);
      }
      return true;
    },
    /** The memory stays, for other pages. */
    clear,
    /** The same, but for those that are kept, which are seen or not. */
    clearOthers(sees: boolean): void {
      seesKept = sees;
      clearOthers();
    },
    /** The memory is given back, but for one block. */
    forget(): void {
      clear();
      const others = slots.splice(BLOCK_PAGES).filter((_, index) => index % BLOCK_PAGES === 0);
      if (others.length > 0) free(others.map(({ words }) => words.buffer));
    },
  };
}
