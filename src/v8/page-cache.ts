/** A page of memory, not of V8's heap. */
export const PAGE_BYTES = 4096;
/** 12 MiB. Four times as many are no quicker, even for 100,000 functions: objects that refer to each other lie together. */
const MAX_CACHED_PAGES = 3 * 1024;
/** Pages are kept side by side, in blocks of a megabyte: one buffer a page takes longer to make than to fill. */
const BLOCK_PAGES = 256;

export interface CachedPage {
  /** A block of pages, as bytes and as halves of words, and where the page starts in it. */
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly start: number;
}

/** At once: nothing makes V8 look for garbage soon. Node 20 has no way to. */
function free(buffer: ArrayBufferLike & { transfer?(bytes: number): unknown }): void {
  buffer.transfer?.(0);
}

/** The pages that were read, by their number. One that could not be read is known, too. */
export function createPageCache() {
  const known = new Map<number, CachedPage | undefined>();
  const slots: CachedPage[] = [];
  let used = 0;
  /** The page that was looked at last: most reads are of the same one. */
  let lastNumber = -1;
  let last: CachedPage | undefined;
  const addBlock = (): void => {
    const bytes = Buffer.allocUnsafeSlow(BLOCK_PAGES * PAGE_BYTES);
    const words = new Uint32Array(bytes.buffer);
    for (let start = 0; start < bytes.length; start += PAGE_BYTES) slots.push({ bytes, words, start });
  };
  const add = (number: number, fill: (into: Buffer, number: number) => boolean): CachedPage | undefined => {
    if (known.size >= MAX_CACHED_PAGES) {
      known.clear();
      used = 0;
    }
    if (used === slots.length) addBlock();
    const slot = slots[used] as CachedPage;
    const isFilled = fill(slot.bytes.subarray(slot.start, slot.start + PAGE_BYTES), number);
    if (isFilled) used += 1;
    const found = isFilled ? slot : undefined;
    known.set(number, found);
    return found;
  };
  const clear = (): void => {
    known.clear();
    used = 0;
    lastNumber = -1;
    last = undefined;
  };
  return {
    find(number: number, fill: (into: Buffer, number: number) => boolean): CachedPage | undefined {
      if (number === lastNumber) return last;
      const found = known.get(number);
      last = found || known.has(number) ? found : add(number, fill);
      lastNumber = number;
      return last;
    },
    /** The memory is kept, for other pages. */
    clear,
    /** The memory is given back, but for one block. */
    forget(): void {
      clear();
      for (let first = BLOCK_PAGES; first < slots.length; first += BLOCK_PAGES)
        free((slots[first] as CachedPage).words.buffer);
      slots.length = Math.min(slots.length, BLOCK_PAGES);
    },
  };
}
