import { isContext, isPointer, readElement, readField, typeOf } from '../heap.js';
import { isArrayLike, isReceiver, type MapFacts, readMapFacts, sizeOf } from '../objects.js';
import type { Reading } from '../reading.js';
import type { Steps } from '../steps.js';
import { PAGE_BYTES } from '../suspended/candidates.js';
import { type FreeLayout, type Gap, isInGap } from '../suspended/free-space.js';
import { SLOT } from '../suspended/layout.js';
import type { UsedPage } from '../suspended/look.js';
import { createWordFilter, type WordFilter } from '../word-filter.js';
import { mayRefer } from './page-filter.js';
import { createNoted, findHits, HIGHEST_HALF, isFree, type Noted, noteAndFindHits } from './page-hits.js';

/** An object that refers to another one. */
export interface Referrer {
  readonly pointer: number;
  readonly type: number;
  /** Where in it the reference is, from its start. */
  readonly offset: number;
}

/**
 * Looks for references in the opposite direction, while the thread goes on. The first search reads every page, and notes on a
 * filter of each which parts of memory the page refers to: the next ones read only the pages that may have a reference.
 */
export interface ReferenceSearch {
  /** Adds the objects that refer to the targets, `most` of each, a page a step; false if not all of them could be read. */
  search(targets: ReadonlySet<number>, most?: number): Steps<boolean>;
  /** Of a target that was searched for. */
  referrersOf(target: number): readonly Referrer[];
  /** Something refers to it that is no object of a program, or cannot be told, or was left out. */
  hasUnknownReferrer(target: number): boolean;
}

/** The part of the heap that is in use. */
export interface SearchedHeap {
  readonly pages: readonly UsedPage[];
  readonly gaps: readonly Gap[];
  readonly free: FreeLayout;
}

const TWO_32 = 2 ** 32;
/** Half words in which the header of a page ends and its first object begins. */
const FIRST_OBJECT_WORDS = 0x8000 / 4;
const MAX_OBJECT_BYTES = 512 * 1024 ** 2;
/** Of one target. A module's context has as many as the module has closures. */
const MAX_REFERRERS = 60;

interface SearchedPage {
  readonly used: UsedPage;
  noted: Noted | undefined;
  /** The object that goes on from the page before. */
  readonly owner: (Referrer & { readonly bytes: number }) | undefined;
}

export function searchReferences(reading: Reading, heap: SearchedHeap): ReferenceSearch {
  const pages: SearchedPage[] = heap.pages.map((used) => ({ used, noted: undefined, owner: undefined }));
  const found = new Map<number, Referrer[]>();
  const unknown = new Set<number>();
  const buffer = Buffer.from(new ArrayBuffer(PAGE_BYTES));
  // Signed: V8 keeps them without a heap number each, also before it has compiled the loops.
  const words = new Int32Array(buffer.buffer);
  const mapFacts = rememberMaps(reading);
  const pointerAt = (at: number) => ((words[at] as number) >>> 0) + ((words[at + 1] as number) >>> 0) * TWO_32;
  const hits = new Int32Array(PAGE_BYTES / 8);
  const free = {
    freeLow: (heap.free.map % TWO_32) | 0,
    freeHigh: Math.floor(heap.free.map / TWO_32),
    unit: heap.free.unit,
  };

  /** The object around a word: behind the nearest Map before it, if that gives an object that goes so far. */
  const findObject = (page: SearchedPage, at: number): (Referrer & { readonly bytes: number }) | undefined => {
    const { owner } = page;
    if (owner) return { ...owner, offset: page.used.address + at * 4 - (owner.pointer - 1) };
    for (let start = at - 2; start >= 0; start -= 2) {
      if (((words[start] as number) & 7) !== 1 || ((words[start + 1] as number) & ~HIGHEST_HALF) !== 0) continue;
      const facts = mapFacts(pointerAt(start));
      if (!facts) continue;
      const pointer = page.used.address + start * 4 + 1;
      const bytes = sizeOf(reading, pointer, facts);
      const offset = (at - start) * 4;
      return offset < bytes && hasHeader(reading, pointer, facts.type)
        ? { pointer, type: facts.type, offset, bytes }
        : undefined;
    }
    return undefined;
  };
  /** An array of more than half a page has pages of its own, of which the first alone is listed. */
  const findLarge = (page: SearchedPage): (Referrer & { readonly bytes: number }) | undefined => {
    for (let at = 0; at < FIRST_OBJECT_WORDS; at += 2) {
      if (((words[at] as number) & 7) !== 1) continue;
      const facts = mapFacts(pointerAt(at));
      if (!facts) continue;
      const pointer = page.used.address + at * 4 + 1;
      const bytes = sizeOf(reading, pointer, facts);
      return bytes > PAGE_BYTES / 2 ? { pointer, type: facts.type, offset: 0, bytes } : undefined;
    }
    return undefined;
  };
  const addRest = (page: SearchedPage, owner: Referrer & { readonly bytes: number }): void => {
    const end = owner.pointer - 1 + Math.min(owner.bytes, MAX_OBJECT_BYTES);
    for (let start = page.used.address + page.used.bytes; start < end; start += PAGE_BYTES)
      pages.push({ used: { address: start, bytes: Math.min(PAGE_BYTES, end - start) }, noted: undefined, owner });
  };
  const { types, arrays } = reading.layout;
  /** The context of a promise's own functions may be one of many that refer to it: it is kept beside others. */
  const isSlot = ({ type, offset }: Referrer) =>
    type >= types.firstContext && type <= types.lastContext && offset === arrays.elements + SLOT * 8;
  const scan = (page: SearchedPage, targets: ReadonlySet<number>, targetFilter: WordFilter, most: number): boolean => {
    const length = reading.memory.readInto(buffer.subarray(0, page.used.bytes), page.used.address);
    if (length !== page.used.bytes) return false;
    if (!page.noted && !page.owner) {
      const large = findLarge(page);
      if (large) addRest(page, large);
      else if (page.used.ifLarge) {
        page.noted = createNoted(pages.length);
        return true;
      }
    }
    const isFirst = page.noted === undefined;
    const noted = page.noted ?? createNoted(pages.length);
    page.noted = noted;
    const count = isFirst
      ? noteAndFindHits(words, length / 4, noted, { ...free, targetFilter, targets, hits })
      : findHits(words, length / 4, targetFilter, targets, hits);
    let last: (Referrer & { readonly bytes: number }) | undefined;
    for (let number = 0; number < count; number += 1) {
      const at = hits[number] as number;
      if (isFree(noted, at)) continue;
      const address = page.used.address + at * 4;
      if (isInGap(address, heap.gaps)) continue;
      const offset = address - ((last?.pointer ?? Number.NaN) - 1);
      const target = pointerAt(at);
      last = last && offset < last.bytes ? { ...last, offset } : findObject(page, at);
      if (!last) {
        unknown.add(target);
        continue;
      }
      const list = found.get(target) ?? [];
      if (list.length < most || (isSlot(last) && list.length < 2 * most))
        list.push({ pointer: last.pointer, type: last.type, offset: last.offset });
      else unknown.add(target);
      found.set(target, list);
    }
    return true;
  };
  return {
    *search(targets, most = MAX_REFERRERS) {
      const targetFilter = createWordFilter(targets);
      const halves = [...targets].map((target) => [(target % TWO_32) | 0, Math.floor(target / TWO_32)] as const);
      const may = ({ noted }: SearchedPage) =>
        !noted || halves.some(([low, high]) => mayRefer(noted.filter, low, high));
      let isWhole = true;
      for (const page of pages) {
        if (!may(page)) continue;
        if (!scan(page, targets, targetFilter, most)) isWhole = false;
        yield;
      }
      return isWhole;
    },
    referrersOf: (target) => found.get(target) ?? [],
    hasUnknownReferrer: (target) => unknown.has(target),
  };
}

/** Whether the fields that every object of its kind has are there: the rest of a dead one may have any. */
function hasHeader(reading: Reading, pointer: number, type: number): boolean {
  if (isReceiver(reading, type)) {
    const properties = readField(reading, pointer, 8);
    const elements = typeOf(reading, readField(reading, pointer, reading.layout.promises.elements));
    return (!isPointer(properties) || typeOf(reading, properties) >= 0) && elements >= 0;
  }
  if (!isContext(reading, pointer)) return true;
  const scope = readElement(reading, pointer, 0);
  return typeOf(reading, scope) === reading.layout.types.scopeInfo || isArrayLike(reading, typeOf(reading, scope));
}

function rememberMaps(reading: Reading): (map: number) => MapFacts | undefined {
  const known = new Map<number, MapFacts | undefined>();
  return (map) => {
    if (!known.has(map)) known.set(map, readMapFacts(reading, map));
    return known.get(map);
  };
}
