import { findBytecodePosition } from '../bytecode.js';
import { type Call, describeCall } from '../calls.js';
import { startDeadline } from '../deadline.js';
import { createFunctionReader, type SharedFunction } from '../functions.js';
import { toSmi } from '../heap.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { type Chains, groupChains } from './chains.js';
import type { EmptyPages } from './empty-pages.js';
import { type Gap, readAreas } from './free-space.js';
import { linkSuspended, type Suspended } from './graph.js';
import type { SuspendedLayout } from './layout.js';
import { listPages, PAGE_BYTES, type Page } from './pages.js';
import { createPageScanner, type Found, type PageScanner } from './scan.js';

/** The suspended functions of one thread, as they were while it went on. */
export interface Walked extends Chains {
  /** Each with the number of functions that are suspended there; the most first. */
  readonly places: readonly { readonly call: Call; readonly count: number }[];
  readonly count: number;
  /** Functions that wait for no pending promise and have no job: their promise is gone, or they are garbage. */
  readonly lost: number;
  /** Nothing has moved meanwhile: none is missing. */
  readonly isQuiet: boolean;
  /** The whole heap was read in time. */
  readonly isWhole: boolean;
  readonly heapBytes: number;
}

const READ: Budget = { bytes: 16 * 1024 ** 3, ms: 170 };
const LINK: Budget = { bytes: 1024 ** 3, ms: 130 };
const NAME: Budget = { bytes: 256 * 1024 ** 2, ms: 60 };
/** Milliseconds after which no further look is begun. */
const LOOK_MS = 120;
/** Looks at the heap until one finds that nothing has moved since the one before. */
const MAX_LOOKS = 4;
/** Functions that are told in chains; more are counted. */
const MAX_SUSPENDED = 100_000;

interface Look {
  readonly pages: readonly Page[];
  readonly young: readonly Page[];
  readonly isYoungKnown: boolean;
  readonly gaps: readonly Gap[];
}

/** Walks the heap of an isolate, which goes on meanwhile. */
export function walkSuspended(reading: Reading, layout: SuspendedLayout, isolate: number, empty: EmptyPages): Walked {
  const { memory } = reading;
  memory.begin(READ);
  reading.scripts.begin();
  const isLate = startDeadline(LOOK_MS);
  const scanner = createPageScanner(reading, layout, isolate);
  let suspended: readonly Suspended[] = [];
  let isQuiet = false;
  let isWhole = true;
  let look = lookAtPages(reading, layout, isolate);
  empty.begin(look.pages);
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const found: Found[] = [];
    const unread = scanPages(look, scanner, empty, found);
    isWhole = unread === 0;
    memory.begin(LINK);
    suspended = linkSuspended(reading, layout, found);
    if (memory.isSpent()) isWhole = false;
    memory.begin(LINK);
    const again = lookAtPages(reading, layout, isolate);
    isQuiet = isSame(look, again);
    if (isQuiet || isLate()) break;
    look = again;
  }
  memory.begin(NAME);
  const still = isQuiet ? suspended : suspended.filter((one) => isStill(reading, one));
  const live = isWhole ? still.filter(({ waits, ready }) => waits || ready) : still;
  const { places, placeOf } = findPlaces(reading, live);
  const walked: Walked = {
    ...groupChains(live.slice(0, MAX_SUSPENDED), placeOf, isWhole),
    places: places.map(({ call, count }) => ({ call, count })),
    count: live.length,
    lost: still.length - live.length,
    isQuiet: isQuiet && look.isYoungKnown,
    isWhole: isWhole && !memory.isSpent(),
    heapBytes: look.pages.length * PAGE_BYTES,
  };
  memory.refresh();
  return walked;
}

/** Adds to `found`; returns how many pages there was no time for. Those that may have something come first. */
function scanPages(look: Look, scanner: PageScanner, empty: EmptyPages, found: Found[]): number {
  const old = look.pages.filter((page) => !page.isYoung && !empty.has(page));
  let unread = 0;
  for (const page of [...look.young, ...old]) {
    const scanned = scanner.scan(page, look.gaps);
    if (!scanned) unread += 1;
    else if (!scanned.isEmpty) found.push(scanned);
    else if (!page.isYoung) empty.add(page);
  }
  return unread;
}

/** The pages in use now. Of the young generation those up to the one in which it allocates: the others are from before. */
function lookAtPages(reading: Reading, layout: SuspendedLayout, isolate: number): Look {
  const pages = listPages(reading.memory, layout.pages, isolate);
  const gaps = readAreas(reading, layout.free, isolate);
  const [{ start: top }] = gaps;
  const all = pages.filter(({ isYoung }) => isYoung);
  const current = all.find(({ address }) => top > address && top <= address + PAGE_BYTES);
  if (!current) return { pages, young: all, isYoungKnown: false, gaps };
  const byReference = new Map(all.map((page) => [page.reference, page]));
  const young: Page[] = [{ ...current, bytes: Math.min(current.bytes, top - current.address) }];
  for (
    let page = byReference.get(current.previous);
    page && young.length < all.length;
    page = byReference.get(page.previous)
  ) {
    young.push(page);
  }
  return { pages, young, isYoungKnown: true, gaps };
}

/** Whether no collection has moved anything between two looks, and nothing was allocated in the old generation. */
function isSame(one: Look, other: Look): boolean {
  if (one.pages.length !== other.pages.length || one.young.length !== other.young.length) return false;
  const before = new Map(one.pages.map((page) => [page.address, page]));
  const isKept = other.pages.every((page) => {
    const old = before.get(page.address);
    return old?.isYoung === page.isYoung && (page.isYoung || old.mark === page.mark);
  });
  const [first] = one.young;
  const [last] = other.young;
  return isKept && first?.address === last?.address && (first?.bytes ?? 0) <= (last?.bytes ?? 0);
}

/** Whether it is where it was, at the same `await`. */
function isStill({ memory, layout }: Reading, one: Suspended): boolean {
  const { promises } = layout;
  const at = one.address - 1;
  return (
    memory.word(at) === one.map &&
    memory.word(at + promises.function) === one.function &&
    toSmi(memory.word(at + promises.continuation)) === one.continuation &&
    toSmi(memory.word(at + promises.position)) === one.position
  );
}

interface Places {
  readonly places: readonly { readonly call: Call; count: number }[];
  readonly placeOf: (one: Suspended) => number;
}

/** Functions of one text at one `await` are at one place. */
function findPlaces(reading: Reading, all: readonly Suspended[]): Places {
  const { code } = reading.layout;
  const places = new Map<string, { call: Call; count: number }>();
  const keys = new Map<string, string>();
  const readCalled = createFunctionReader(reading);
  const describe = (func: SharedFunction | undefined, position: number): string => {
    const start = code.bytecodeData - 1;
    const offset = func ? findBytecodePosition(reading, reading.encoding, func.bytecode, position - start) : -1;
    const call = describeCall(reading, func ?? NO_FUNCTION, offset, 0, 'interpreted');
    // The same bytecode may be there twice.
    const key = `${call.functionName}\n${call.file}:${call.line}:${call.column}`;
    if (!places.has(key)) places.set(key, { call, count: 0 });
    return key;
  };
  const keyOf = (one: Suspended): string => {
    const func = readCalled(one.function);
    const short = `${func?.pointer} ${one.position} ${func?.name}`;
    const key = keys.get(short) ?? describe(func, one.position);
    keys.set(short, key);
    return key;
  };
  const placed = new Map(all.map((one) => [one, keyOf(one)]));
  for (const key of placed.values()) {
    const place = places.get(key);
    if (place) place.count += 1;
  }
  const sorted = [...places].sort(([, one], [, other]) => other.count - one.count);
  const indices = new Map(sorted.map(([key], index) => [key, index]));
  return { places: sorted.map(([, place]) => place), placeOf: (one) => indices.get(placed.get(one) ?? '') ?? -1 };
}

const NO_FUNCTION: SharedFunction = {
  pointer: 0,
  name: undefined,
  isClassConstructor: false,
  script: 0,
  start: -1,
  end: -1,
  token: -1,
  bytecode: 0,
  builtin: Number.NaN,
};
