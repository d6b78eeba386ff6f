import { typeOfMap } from '../heap.js';
import type { Reading } from '../reading.js';
import type { Gap } from './free-space.js';
import type { SuspendedLayout } from './layout.js';
import { PAGE_BYTES, type Page } from './pages.js';

/** The objects of one page that matter, as words in a row: most pages have none. */
export interface Found {
  /** See `SUSPENDED_WORDS`. */
  readonly suspended: number[];
  /** Pending promises that something waits for: address, and newest reaction. */
  readonly promises: number[];
  /** Jobs that go on with something whose promise is settled. */
  readonly jobs: number[];
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
const JOB_ROOTS_BYTES = 0x4000;

export interface PageScanner {
  /** Undefined if the page cannot be read. */
  scan(page: Pick<Page, 'address' | 'bytes'>, gaps: readonly Gap[]): Found | undefined;
}

/** Looks at every word of a page, by tests that are cheap and turn almost all of them away. */
export function createPageScanner(reading: Reading, layout: SuspendedLayout, isolate: number): PageScanner {
  const bytes = Buffer.from(new ArrayBuffer(PAGE_BYTES + GUARD_WORDS * 8));
  const words = new Uint32Array(bytes.buffer);
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
  const jobs = findJobMaps(reading, isolate);
  const pointerAt = (index: number) => (words[index] ?? 0) + (words[index + 1] ?? 0) * TWO_32;
  const toHalves = (offset: number) => offset / 4;
  const elements = toHalves(promises.elements);
  const func = toHalves(promises.function);
  const position = toHalves(promises.position);
  const mode = toHalves(promises.resumeMode);
  const continuation = toHalves(promises.continuation);
  const outcome = toHalves(promises.outcome);
  const awaiting = toHalves(promises.isAwaiting);
  const reactions = toHalves(promises.reactions);
  const flags = toHalves(promises.flags);
  const [emptyLow, emptyHigh] = split(layout.noElements);
  const [freeLow, freeHigh] = split(layout.free.map);
  const { unit } = layout.free;

  const scan = (address: number, end: number, gaps: readonly Gap[]): Found => {
    const found: Found = { suspended: [], promises: [], jobs: [], isEmpty: true };
    for (let at = 0; at < end; at += 2) {
      const low = words[at] as number;
      if ((low & 7) !== 1) continue;
      const high = words[at + 1] as number;
      if (low === freeLow && high === freeHigh) {
        at += skipFree(words[at + 2] as number, (words[at + 3] as number) * unit, end - at);
        continue;
      }
      if (jobs.length > 0 && jobs.includes(low + high * TWO_32)) {
        found.isEmpty = false;
        if (!isInGap(address + at * 4, gaps)) found.jobs.push(address + at * 4 + 1);
        continue;
      }
      if (words[at + elements] !== emptyLow || words[at + elements + 1] !== emptyHigh) continue;
      const isPromise = words[at + flags] === 0 && ((words[at + flags + 1] as number) & 3) === 0;
      const isSuspended = words[at + continuation] === 0 && words[at + mode] === 0 && words[at + position] === 0;
      if (!isPromise && !isSuspended) continue;
      const map = low + high * TWO_32;
      const type = typeOf(map);
      if (isInGap(address + at * 4, gaps)) continue;
      if (type === promises.promise && isPromise) {
        found.isEmpty = false;
        if (((words[at + reactions] as number) & 7) === 1)
          found.promises.push(address + at * 4 + 1, pointerAt(at + reactions));
      } else if (isSuspended && (type === promises.asyncFunction || type === promises.asyncGenerator)) {
        const number = (words[at + continuation + 1] as number) | 0;
        if (number === ENDED) continue;
        found.isEmpty = false;
        // A generator at a `yield` waits for whoever asks.
        const isAtYield = type === promises.asyncGenerator && words[at + awaiting + 1] === 0;
        if (number === RUNNING || isAtYield) continue;
        found.suspended.push(
          address + at * 4 + 1,
          map,
          pointerAt(at + func),
          words[at + position + 1] as number,
          number,
          pointerAt(at + outcome),
        );
      }
    }
    return found;
  };
  return {
    scan(page, gaps) {
      const length = reading.memory.readInto(bytes.subarray(0, page.bytes), page.address);
      if (length !== page.bytes) return undefined;
      words.fill(0, length / 4);
      return scan(page.address, length / 4, gaps);
    },
  };
}

function split(word: number): readonly [low: number, high: number] {
  return [word % TWO_32, Math.floor(word / TWO_32)];
}

/** How many half words to pass by, the loop's own step left out; 0 if this is no free space. */
function skipFree(low: number, bytes: number, left: number): number {
  return low === 0 && bytes >= 16 && bytes % 8 === 0 && bytes / 4 <= left ? bytes / 4 - 2 : 0;
}

function isInGap(address: number, gaps: readonly Gap[]): boolean {
  return gaps.some(({ start, end }) => address >= start && address < end);
}

/** Maps are among an isolate's roots. */
function findJobMaps({ memory, layout }: Reading, isolate: number): readonly number[] {
  const { fulfillJob, rejectJob } = layout.promises;
  const roots = memory.read(isolate, JOB_ROOTS_BYTES);
  const found = new Set<number>();
  for (let offset = 0; roots && offset + 8 <= roots.length; offset += 8) {
    const word = roots.readUInt32LE(offset) + roots.readUInt32LE(offset + 4) * TWO_32;
    if (word % 8 !== 1) continue;
    const type = typeOfMap({ memory, layout }, word);
    if (type === fulfillJob || type === rejectJob) found.add(word);
  }
  return [...found];
}
