import { HIGHEST_HALF } from '../holders/page-hits.js';
import type { SearchedHeap } from '../holders/references.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES } from '../suspended/candidates.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import { listUsed, lookAtPages } from '../suspended/look.js';
import { Collections, type TableTypes } from './collections.js';
import { createEntryReader, type MapCount, type MapEntry, NO_MAP, sizeAt } from './map-entries.js';
import { Witnesses } from './witnesses.js';

export interface Counted {
  readonly maps: readonly MapCount[];
  /** Strings by the number of bits of their size in bytes. */
  readonly strings: readonly { readonly count: number; readonly bytes: number }[];
  readonly collections: Collections;
  /** The pages that were read. */
  readonly heap: SearchedHeap;
  /** Closures, by their SharedFunctionInfo. */
  readonly closures: ReadonlyMap<number, number>;
  /** Every page was read in time. */
  readonly isWhole: boolean;
  readonly witnesses: Witnesses;
}

const TWO_32 = 2 ** 32;
const SIZE_CLASSES = 32;
/** Words that are no Map, which are not looked at again: machine code and long numbers have as many as they like. */
const MAX_OTHERS = 100_000;

/**
 * Counts every object of an isolate, page by page, while its thread goes on. Garbage that is not collected yet is counted, too. A
 * Map is named when it is first seen: a collection may move it.
 */
export function countObjects(reading: Reading, layout: SuspendedLayout, isolate: number, tables: TableTypes): Counted {
  const look = lookAtPages(reading, layout, isolate);
  const bytes = Buffer.from(new ArrayBuffer(PAGE_BYTES + 64));
  const words = new Int32Array(bytes.buffer);
  const entries = new Map<number, MapEntry>();
  const others = new Set<number>();
  const strings = Array.from({ length: SIZE_CLASSES }, () => ({ count: 0, bytes: 0 }));
  const closures = new Map<number, number>();
  const collections = new Collections();
  const witnesses = new Witnesses(look.pages.filter(({ isYoung }) => !isYoung).map(({ address }) => address));
  const read = createEntryReader(reading, layout, tables);
  const find = (word: number): MapEntry => {
    const known = entries.get(word);
    if (known || others.has(word)) return known ?? NO_MAP;
    const entry = read(word);
    if (others.size >= MAX_OTHERS) others.clear();
    if (entry === NO_MAP) others.add(word);
    else entries.set(word, entry);
    return entry;
  };
  const sharedAt = reading.layout.functions.shared / 4;
  let { isWhole } = look;
  const pages = listUsed(look);
  for (const page of pages) {
    const length = reading.memory.readInto(bytes.subarray(0, page.bytes), page.address);
    if (length !== page.bytes) {
      isWhole = false;
      continue;
    }
    if (page.ifLarge && !isLarge(words, length / 4, find)) continue;
    const gaps = look.gaps.map(({ start, end }) => [(start - page.address) / 4, (end - page.address) / 4] as const);
    countPage(words, length / 4, gaps, {
      find,
      strings,
      closures,
      sharedAt,
      collections,
      address: page.address,
      witnesses,
    });
  }
  return {
    maps: [...entries.values()].filter(({ count }) => count > 0),
    strings,
    collections,
    heap: { pages, gaps: look.gaps, free: layout.free },
    closures,
    isWhole,
    witnesses,
  };
}

interface Counting {
  find(word: number): MapEntry;
  readonly strings: readonly { count: number; bytes: number }[];
  readonly closures: Map<number, number>;
  readonly sharedAt: number;
  readonly collections: Collections;
  /** Of the page. */
  readonly address: number;
  readonly witnesses: Witnesses;
}

/** From one object to the next. Where the size of one cannot be told, from word to word until a Map comes. */
function countPage(
  words: Int32Array,
  end: number,
  gaps: readonly (readonly [number, number])[],
  { find, strings, closures, sharedAt, collections, address, witnesses }: Counting,
): void {
  let open: MapEntry | undefined;
  let objects = 0;
  for (let at = 0; at < end; ) {
    const gap = gaps.find(([from, to]) => at >= from && at < to);
    if (gap) {
      at = gap[1];
      open = undefined;
      continue;
    }
    const map = mapAt(words, at);
    const entry = map === 0 ? NO_MAP : find(map);
    if (entry === NO_MAP) {
      if (open) open.bytes += 8;
      at += 2;
      continue;
    }
    const size = believe(sizeAt(words, at, entry), at, end, objects);
    objects += 1;
    open = size === 0 ? entry : undefined;
    const counted = size || 8;
    at += counted / 4;
    if (entry.isFree) continue;
    entry.count += 1;
    entry.bytes += counted;
    if (entry.isString) {
      const one = strings[32 - Math.clz32(counted)];
      if (one) {
        one.count += 1;
        one.bytes += counted;
      }
    }
    const start = at - counted / 4;
    witnesses.add(address, address + start * 4, map);
    if (entry.collection) {
      const { kind, at: lengthAt } = entry.collection;
      // A Smi: its lower half is 0.
      const length = words[start + lengthAt] === 0 ? (words[start + lengthAt + 1] as number) : 0;
      collections.add(kind, address + start * 4 + 1, length);
    }
    if (!entry.isClosure) continue;
    const sharedIndex = start + sharedAt;
    const shared = ((words[sharedIndex] as number) >>> 0) + ((words[sharedIndex + 1] as number) >>> 0) * TWO_32;
    closures.set(shared, (closures.get(shared) ?? 0) + 1);
  }
}

/** The word of a Map, if there may be one; 0 if not. */
function mapAt(words: Int32Array, at: number): number {
  const low = words[at] as number;
  const high = words[at + 1] as number;
  return (low & 7) === 1 && (high & ~HIGHEST_HALF) === 0 ? (low >>> 0) + high * TWO_32 : 0;
}

/** Whether the first object of a page is too large to be on it among others. */
function isLarge(words: Int32Array, end: number, find: Counting['find']): boolean {
  for (let at = 0; at < end; at += 2) {
    const map = mapAt(words, at);
    const entry = map === 0 ? NO_MAP : find(map);
    if (entry !== NO_MAP) return sizeAt(words, at, entry) > PAGE_BYTES / 2;
  }
  return false;
}

/** Only the first object of a page may be larger than the page: it has more of its own. */
function believe(bytes: number, at: number, end: number, objects: number): number {
  return objects > 0 && at + bytes / 4 > end ? 0 : bytes;
}
