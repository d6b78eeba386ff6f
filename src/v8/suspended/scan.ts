import { typeOfMap } from '../heap.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES } from './candidates.js';
import { type Gap, isInGap } from './free-space.js';
import type { SuspendedLayout } from './layout.js';
import type { Page } from './pages.js';

/** The objects of one page that matter, as words in a row: most pages have none. */
export interface Found {
  /** See `SUSPENDED_WORDS`. */
  readonly suspended: number[];
  /** Pending promises that something waits for: address, and newest reaction. */
  readonly promises: number[];
  /** Jobs that go on with something whose promise is settled. */
  readonly jobs: number[];
  /** Functions that wait for nothing: they run, have ended and are not collected yet, or are at a `yield`. */
  readonly others: number[];
  /** It has nothing that can come to matter until something else is allocated on it. */
  isEmpty: boolean;
}

/** Address, Map, function, position, continuation, and promise or queue. */
export const SUSPENDED_WORDS = 6;

const TWO_32 = 2 ** 32;
const ENDED = -1;
const RUNNING = -2;
/** Words of the longest object that is looked at, behind the page's end. */
const GUARD_WORDS = 16;

export interface PageScanner {
  /** Begins another look: a collection may have moved the Maps that it remembers. */
  begin(): void;
  /** Undefined if the page cannot be read. */
  scan(page: Pick<Page, 'address' | 'bytes'>, gaps: readonly Gap[]): Found | undefined;
}

/**
 * Looks at every word of a page, by tests that are cheap and turn almost all of them away.
 * @param jobs see `findJobMaps`
 */
export function createPageScanner(reading: Reading, layout: SuspendedLayout, jobs: readonly number[]): PageScanner {
  const bytes = Buffer.from(new ArrayBuffer(PAGE_BYTES + GUARD_WORDS * 8));
  // Signed: V8 keeps them without a heap number each, also before it has compiled the loop.
  const words = new Int32Array(bytes.buffer);
  const { promises } = reading.layout;
  const types = new Map<number, number>();
  const typeOf = (map: number) => {
    let type = types.get(map);
    if (type === undefined) {
      type = typeOfMap(reading, map);
      types.set(map, type);
    }
    return type;
  };
  const pointerAt = (index: number) => ((words[index] ?? 0) >>> 0) + ((words[index + 1] ?? 0) >>> 0) * TWO_32;
  const at = toIndices(promises);
  const [noElementsLow, noElementsHigh] = split(layout.noElements);
  const [freeLow, freeHigh] = split(layout.free.map);
  const [fulfillLow = 0, rejectLow = 0] = jobs.map((map) => split(map)[0]);
  const sought: Sought = {
    ...at,
    noElementsLow,
    noElementsHigh,
    freeLow,
    freeHigh,
    unit: layout.free.unit,
    fulfillLow,
    rejectLow,
  };
  const candidates = new Int32Array(PAGE_BYTES / 8);

  const scan = (address: number, end: number, gaps: readonly Gap[]): Found => {
    const found: Found = { suspended: [], promises: [], jobs: [], others: [], isEmpty: true };
    const count = findCandidates(words, end, sought, candidates);
    for (let number = 0; number < count; number += 1) {
      const index = candidates[number] as number;
      const pointer = address + index * 4 + 1;
      const map = pointerAt(index);
      if (isInGap(pointer, gaps)) {
        if (jobs.includes(map)) found.isEmpty = false;
        continue;
      }
      if (jobs.includes(map)) {
        found.isEmpty = false;
        found.jobs.push(pointer);
        continue;
      }
      const type = typeOf(map);
      if (type === promises.promise && isPendingPromise(words, index, at)) {
        found.isEmpty = false;
        if (((words[index + at.reactions] as number) & 7) === 1)
          found.promises.push(pointer, pointerAt(index + at.reactions));
      } else if (type === promises.asyncFunction || type === promises.asyncGenerator) {
        if (!mayBeSuspended(words, index, at)) continue;
        const number = (words[index + at.continuation + 1] as number) | 0;
        if (number === ENDED) continue;
        found.isEmpty = false;
        // A generator at a `yield` waits for whoever asks.
        const isAtYield = type === promises.asyncGenerator && words[index + at.awaiting + 1] === 0;
        if (number === RUNNING || isAtYield) {
          found.others.push(pointer);
          continue;
        }
        found.suspended.push(
          pointer,
          map,
          pointerAt(index + at.func),
          (words[index + at.position + 1] as number) >>> 0,
          number,
          pointerAt(index + at.outcome),
        );
      }
    }
    return found;
  };
  return {
    begin: () => types.clear(),
    scan(page, gaps) {
      const { memory } = reading;
      const content = bytes.subarray(0, page.bytes);
      const isRead = memory.readKept(content, page.address) || memory.readInto(content, page.address) === page.bytes;
      if (!isRead) return undefined;
      words.fill(0, page.bytes / 4);
      return scan(page.address, page.bytes / 4, gaps);
    },
  };
}

function split(word: number): readonly [low: number, high: number] {
  return [(word % TWO_32) | 0, Math.floor(word / TWO_32) | 0];
}

/** Offsets of fields, in half words. */
export interface Indices {
  readonly elements: number;
  readonly func: number;
  readonly position: number;
  readonly mode: number;
  readonly continuation: number;
  readonly outcome: number;
  readonly awaiting: number;
  readonly reactions: number;
  readonly flags: number;
}

function toIndices(promises: Reading['layout']['promises']): Indices {
  return {
    elements: promises.elements / 4,
    func: promises.function / 4,
    position: promises.position / 4,
    mode: promises.resumeMode / 4,
    continuation: promises.continuation / 4,
    outcome: promises.outcome / 4,
    awaiting: promises.isAwaiting / 4,
    reactions: promises.reactions / 4,
    flags: promises.flags / 4,
  };
}

export interface Sought extends Indices {
  readonly noElementsLow: number;
  readonly noElementsHigh: number;
  readonly freeLow: number;
  readonly freeHigh: number;
  readonly unit: number;
  /** Lower halves of the Maps of jobs. */
  readonly fulfillLow: number;
  readonly rejectLow: number;
}

function isPendingPromise(words: Int32Array, index: number, { flags }: Indices): boolean {
  return words[index + flags] === 0 && ((words[index + flags + 1] as number) & 3) === 0;
}

function mayBeSuspended(words: Int32Array, index: number, { continuation, mode, position }: Indices): boolean {
  return words[index + continuation] === 0 && words[index + mode] === 0 && words[index + position] === 0;
}

/**
 * The hot loop of a walk: one function for all of them, small, and without a closure, so that V8 compiles it once, in no time.
 * Returns how many indices of words it has written to `candidates`.
 */
export function findCandidates(words: Int32Array, end: number, sought: Sought, candidates: Int32Array): number {
  const { elements, flags, reactions, func, continuation, mode, position } = sought;
  const { noElementsLow, noElementsHigh, freeLow, freeHigh, unit, fulfillLow, rejectLow } = sought;
  let count = 0;
  for (let at = 0; at < end; at += 2) {
    const low = words[at] as number;
    if ((low & 7) !== 1) continue;
    if (low === freeLow && words[at + 1] === freeHigh) {
      const bytes = (words[at + 3] as number) * unit;
      const isFree = words[at + 2] === 0 && bytes >= 16 && bytes % 8 === 0 && bytes / 4 <= end - at;
      if (isFree) at += bytes / 4 - 2;
    } else if (low === fulfillLow || low === rejectLow) {
      candidates[count++] = at;
    } else if (words[at + elements] === noElementsLow && words[at + elements + 1] === noElementsHigh) {
      // The word before a plain object without elements has its own in this place: each of a row of records would be a candidate.
      const list = words[at + reactions] as number;
      const isList = (list & 7) === 1 ? list !== noElementsLow : list === 0 && words[at + reactions + 1] === 0;
      const isPromise = isList && words[at + flags] === 0 && ((words[at + flags + 1] as number) & 3) === 0;
      const isFunction = ((words[at + func] as number) & 7) === 1 && words[at + func] !== noElementsLow;
      const isSuspended =
        isFunction && words[at + continuation] === 0 && words[at + mode] === 0 && words[at + position] === 0;
      if (isPromise || isSuspended) candidates[count++] = at;
    }
  }
  return count;
}
