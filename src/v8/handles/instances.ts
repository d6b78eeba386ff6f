import { isPointer, readField, typeOfMap } from '../heap.js';
import { findMaker, isReceiver, readMapFacts } from '../objects.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES } from '../suspended/candidates.js';
import { type Gap, isInGap } from '../suspended/free-space.js';
import type { Page } from '../suspended/pages.js';
import { createWordFilter, mayHave, type WordFilter } from '../word-filter.js';

/** An object, and the function whose objects its Map was made for. */
export interface Instance {
  readonly pointer: number;
  readonly maker: number;
}

interface InstanceHeap {
  readonly pages: readonly Pick<Page, 'address' | 'bytes'>[];
  readonly gaps: readonly Gap[];
}

const TWO_32 = 2 ** 32;
/** Realms (vm contexts) have Maps of Maps of their own; most processes have one, and a runner of tests one for each file. */
const MAX_METAS = 1000;
const MAX_INSTANCES = 20_000;
const MAX_KNOWN = 100_000;
/** At the start of each page, to find the Maps of Maps: the objects of one realm may fill many pages. */
const SAMPLE_BYTES = PAGE_BYTES / 4;
const SAMPLE_OBJECTS = 20;

/** The objects whose maker is wanted: first all Maps are looked at, then all objects of those that are wanted. */
export function findInstances(
  reading: Reading,
  { pages, gaps }: InstanceHeap,
  isWanted: (maker: number) => boolean,
): { readonly instances: readonly Instance[]; readonly isWhole: boolean } {
  let isWhole = true;
  const bytes = Buffer.from(new ArrayBuffer(PAGE_BYTES + 64));
  const words = new Int32Array(bytes.buffer);
  const hits = new Int32Array(PAGE_BYTES / 8);
  const pointerAt = (at: number) => ((words[at] as number) >>> 0) + ((words[at + 1] as number) >>> 0) * TWO_32;
  const eachPage = (use: (page: Pick<Page, 'address' | 'bytes'>, length: number) => void) => {
    for (const page of pages) {
      const length = reading.memory.readInto(bytes.subarray(0, page.bytes), page.address);
      if (length === page.bytes) use(page, length / 4);
      else isWhole = false;
    }
  };
  const eachHit = (wanted: ReadonlySet<number>, use: (pointer: number, map: number) => void) => {
    const filter = createWordFilter(wanted);
    eachPage(({ address }, length) => {
      const count = findWords(words, length, filter, hits);
      for (let index = 0; index < count; index += 1) {
        const at = hits[index] as number;
        const start = address + at * 4;
        if (isInGap(start, gaps) || !wanted.has(pointerAt(at))) continue;
        use(start + 1, pointerAt(at));
      }
    });
  };
  const metas = new Set<number>();
  const findMeta = createMetaFinder(reading);
  for (const page of pages) {
    const sample = bytes.subarray(0, Math.min(page.bytes, SAMPLE_BYTES));
    const end = reading.memory.readInto(sample, page.address) / 4;
    for (let at = 0, objects = 0; at + 2 <= end && objects < SAMPLE_OBJECTS && metas.size < MAX_METAS; at += 2) {
      const meta = findMeta(pointerAt(at));
      if (meta === 0) continue;
      objects += 1;
      metas.add(meta);
    }
  }
  const makers = new Map<number, number>();
  eachHit(metas, (map) => {
    if (!isReceiver(reading, typeOfMap(reading, map))) return;
    const maker = findMaker(reading, map);
    if (maker !== 0 && isWanted(maker)) makers.set(map, maker);
  });
  const found: Instance[] = [];
  if (makers.size === 0) return { instances: found, isWhole };
  eachHit(new Set(makers.keys()), (pointer, map) => {
    if (found.length >= MAX_INSTANCES) isWhole = false;
    else found.push({ pointer, maker: makers.get(map) ?? 0 });
  });
  return { instances: found, isWhole };
}

/** The Map of a word, if that is the Map of an object of a program; else 0. */
function createMetaFinder(reading: Reading): (word: number) => number {
  const known = new Map<number, number>();
  return (word) => {
    if (!isPointer(word)) return 0;
    let meta = known.get(word);
    if (meta === undefined) {
      meta = isReceiver(reading, readMapFacts(reading, word)?.type ?? -1) ? readField(reading, word, 0) : 0;
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(word, meta);
    }
    return meta;
  };
}

/** The hot loop: a small function without a closure, so that V8 compiles it once. */
function findWords(words: Int32Array, end: number, filter: WordFilter, hits: Int32Array): number {
  let count = 0;
  for (let at = 0; at < end; at += 2) {
    const low = words[at] as number;
    if ((low & 7) === 1 && mayHave(filter, low)) hits[count++] = at;
  }
  return count;
}
