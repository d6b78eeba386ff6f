import { findBytecodePosition } from '../bytecode.js';
import { type Call, describeCall } from '../calls.js';
import { startDeadline } from '../deadline.js';
import { createFunctionReader, type SharedFunction } from '../functions.js';
import { toSmi } from '../heap.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES } from './candidates.js';
import { type Chains, groupChains } from './chains.js';
import type { EmptyPages } from './empty-pages.js';
import { linkSuspended } from './graph.js';
import type { SuspendedLayout } from './layout.js';
import { isSame, type Look, lookAtPages } from './look.js';
import { createPageScanner, type Found, type PageScanner } from './scan.js';
import type { FindRequest } from './served-requests.js';
import type { Suspended } from './suspended-function.js';

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

/** For a report that waits, and for later reads, for which nothing does: 100,000 functions are linked in most of a second. */
const BUDGETS: Readonly<Record<'first' | 'later', Readonly<Record<'read' | 'link' | 'name', Budget>>>> = {
  first: {
    read: { bytes: 16 * 1024 ** 3, ms: 170 },
    link: { bytes: 1024 ** 3, ms: 130 },
    name: { bytes: 256 * 1024 ** 2, ms: 60 },
  },
  later: {
    read: { bytes: 16 * 1024 ** 3, ms: 400 },
    link: { bytes: 4 * 1024 ** 3, ms: 1500 },
    name: { bytes: 1024 ** 3, ms: 400 },
  },
};
const SERVE: Budget = { bytes: 256 * 1024 ** 2, ms: 60 };
/** Milliseconds after which no further look is begun. */
const LOOK_MS = 120;
/** Looks at the heap until one finds that nothing has moved since the one before. */
const MAX_LOOKS = 4;
/** Functions that are told in chains; more are counted. */
const MAX_SUSPENDED = 100_000;

export interface WalkedIsolate {
  readonly isolate: number;
  /** The number of the hold in which its thread is: nothing moves. */
  readonly hold?: number;
  /** It was read before, for the same report. */
  readonly isLater?: boolean | undefined;
  /** The number of the sleep that its thread is in; undefined while it runs, or if the kernel does not count them. */
  sleep(): number | undefined;
}

/** Walks the heap of an isolate, which goes on meanwhile, unless it is held. */
export function walkSuspended(
  reading: Reading,
  layout: SuspendedLayout,
  { isolate, hold, isLater = false, sleep }: WalkedIsolate,
  empty: EmptyPages,
  requestOf: FindRequest,
): Walked {
  const { memory } = reading;
  const budget = BUDGETS[isLater ? 'later' : 'first'];
  memory.begin(budget.read);
  reading.scripts.begin();
  const isLate = startDeadline(LOOK_MS);
  let suspended: readonly Suspended[] = [];
  let isQuiet = false;
  let isWhole = true;
  let asleepAtFirst = sleep();
  let look = lookAtPages(reading, layout, isolate);
  empty.begin(look.pages);
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const found: Found[] = [];
    // It remembers Maps, which a collection may have moved since the look before.
    const unread = scanPages(look, createPageScanner(reading, layout, isolate), empty, found);
    isWhole = look.isWhole && unread === 0 && !memory.isSpent();
    memory.begin(budget.link);
    suspended = linkSuspended(reading, layout, found);
    if (memory.isSpent()) isWhole = false;
    memory.begin(budget.link);
    const asleep = sleep();
    const again = lookAtPages(reading, layout, isolate);
    // Threads that sweep change the pages of one that is held.
    isQuiet = hold !== undefined || isSame(look, again);
    if (isQuiet || isLate()) break;
    look = again;
    asleepAtFirst = asleep;
  }
  // V8 takes the area of a thread that sleeps away from it: then all young pages count, and nothing has moved.
  const hasSlept = asleepAtFirst !== undefined && asleepAtFirst === sleep();
  memory.begin(budget.name);
  const still = isQuiet ? suspended : suspended.filter((one) => isStill(reading, one));
  const live = isWhole ? still.filter(({ waits, ready }) => waits || ready) : still;
  const { places, placeOf, named } = findPlaces(reading, live);
  if (memory.isSpent()) isWhole = false;
  // A request that is not found in time leaves nothing out.
  memory.begin(SERVE);
  const { chains, isCut } = groupChains(named.slice(0, MAX_SUSPENDED), placeOf, requestOf, isWhole);
  const walked: Walked = {
    chains,
    isCut: isCut || named.length > MAX_SUSPENDED,
    places: places.map(({ call, count }) => ({ call, count })),
    count: named.length,
    lost: still.length - live.length,
    isQuiet: isQuiet && (look.isYoungKnown || hasSlept),
    isWhole,
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

interface Place {
  readonly call: Call;
  count: number;
}

interface Places {
  readonly places: readonly Place[];
  readonly placeOf: (one: Suspended) => number;
  /** Those whose place could be read in time. */
  readonly named: readonly Suspended[];
}

/** Functions of one text at one `await` are at one place. */
function findPlaces(reading: Reading, all: readonly Suspended[]): Places {
  const { code } = reading.layout;
  const places = new Map<string, Place>();
  /** By name, too: closures of one text may have names of their own. */
  const byPosition = new Map<string, Place>();
  const byFunction = new Map<SharedFunction, Map<number, Place>>();
  const readCalled = createFunctionReader(reading);
  const describe = (func: SharedFunction | undefined, position: number): Place => {
    const start = code.bytecodeData - 1;
    const offset = func ? findBytecodePosition(reading, reading.encoding, func.bytecode, position - start) : -1;
    const call = describeCall(reading, func ?? NO_FUNCTION, offset, 0, 'interpreted');
    // The same bytecode may be there twice.
    const key = `${call.functionName}\n${call.file}:${call.line}:${call.column}`;
    const place = places.get(key) ?? { call, count: 0 };
    places.set(key, place);
    return place;
  };
  const find = (func: SharedFunction | undefined, position: number): Place => {
    const key = `${func?.pointer} ${position} ${func?.name}`;
    const place = byPosition.get(key) ?? describe(func, position);
    byPosition.set(key, place);
    return place;
  };
  const findOf = (one: Suspended): Place => {
    const func = readCalled(one.function);
    if (!func) return find(func, one.position);
    const known = byFunction.get(func) ?? new Map<number, Place>();
    const place = known.get(one.position) ?? find(func, one.position);
    byFunction.set(func, known.set(one.position, place));
    return place;
  };
  const placed = new Map<Suspended, Place>();
  for (const one of all) {
    const place = findOf(one);
    // Nothing that is read from here on is right.
    if (reading.memory.isSpent()) break;
    placed.set(one, place);
    place.count += 1;
  }
  const sorted = [...places.values()].filter(({ count }) => count > 0).sort((one, other) => other.count - one.count);
  const indices = new Map(sorted.map((place, index) => [place, index]));
  const indexOf = (place: Place | undefined) => (place && indices.get(place)) ?? -1;
  return { places: sorted, placeOf: (one) => indexOf(placed.get(one)), named: [...placed.keys()] };
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
