import type { Call } from '../calls.js';
import { startDeadline } from '../deadline.js';
import { readSmi, toSmi, typeOf } from '../heap.js';
import { isCollecting } from '../isolate.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { AllocationWatch } from './allocation-watch.js';
import { PAGE_BYTES } from './candidates.js';
import { type Chains, groupChains } from './chains.js';
import type { EmptyPages } from './empty-pages.js';
import { readTop } from './free-space.js';
import { linkSuspended } from './graph.js';
import type { SuspendedLayout } from './layout.js';
import { hasAllocated, isSame, type Look, lookAgain, lookAtPages } from './look.js';
import type { Page } from './pages.js';
import { findPlaces } from './places.js';
import { createPageScanner, type Found, findJobMaps, type PageScanner, SUSPENDED_WORDS } from './scan.js';
import type { FindRequest } from './served-requests.js';
import { SuspendedFunctions } from './suspended-functions.js';

/** The suspended functions of one thread, as they were while it went on. */
export interface Walked extends Chains {
  /** Each with the number of functions that are suspended there; the most first. */
  readonly places: readonly { readonly call: Call; readonly count: number }[];
  readonly count: number;
  /** Functions that wait for no pending promise and have no job: their promise is gone, or they are garbage. */
  readonly lost: number;
  /** Nothing has moved meanwhile, and no function has gone on: none is missing. */
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
/** Looks in which nothing has moved, but functions have gone on. */
const MAX_UNMOVED = 2;
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
  findRequest: FindRequest,
): Walked {
  const { memory } = reading;
  const budget = BUDGETS[isLater ? 'later' : 'first'];
  memory.begin(budget.read);
  reading.scripts.begin();
  const isLate = startDeadline(LOOK_MS);
  let suspended = new SuspendedFunctions(0);
  let isQuiet = false;
  let isWhole = true;
  let hasSlept = false;
  let unmoved = 0;
  let asleepAtFirst = sleep();
  const scanner = createPageScanner(reading, layout, findJobMaps(reading, isolate));
  const how = { isLater, findKnown: empty.find };
  let look = lookAtPages(reading, layout, isolate, how);
  empty.begin(look.pages);
  const startWatch = (from: Look) => new AllocationWatch(from, () => readTop(reading, layout.free, isolate));
  let watch = startWatch(look);
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const found: Found[] = [];
    const poll = () => watch.poll();
    scanner.begin();
    const canRemember = createRemembering(look, () => isCollecting(memory, reading.isolate, isolate));
    const unread = scanPages(look, scanner, empty, canRemember, poll, found);
    isWhole = look.isWhole && unread === 0 && !memory.isSpent();
    memory.begin(budget.link);
    suspended = linkSuspended(reading, layout, found, poll);
    if (memory.isSpent()) isWhole = false;
    memory.begin(budget.link);
    const asleep = sleep();
    const again = lookAgain(reading, layout, isolate, look, { ...how, onPage: poll });
    const isGrown = watch.hasOnlyGrown(again);
    watch = startWatch(again);
    // Threads that sweep change the pages of one that is held.
    const isUnmoved = hold !== undefined || isGrown || isSame(look, again);
    // V8 takes the area of a thread that sleeps away from it: then all young pages count, and nothing has moved.
    hasSlept = asleepAtFirst !== undefined && asleepAtFirst === sleep();
    memory.begin(budget.name);
    const isFrozen = hold !== undefined || hasSlept;
    isQuiet = isUnmoved && (isFrozen || hasStayed(reading, suspended, found, hasAllocated(look, again), poll));
    if (isUnmoved) unmoved += 1;
    // Functions of a server go on at any time.
    if (isQuiet || unmoved === MAX_UNMOVED || isLate()) break;
    memory.begin(budget.link);
    look = again;
    asleepAtFirst = asleep;
  }
  memory.begin(budget.name);
  const all = Array.from({ length: suspended.count }, (_, one) => one);
  const still = isQuiet ? all : all.filter((one) => isStill(reading, suspended, one));
  if (memory.isSpent()) isWhole = false;
  const live = isWhole ? still.filter((one) => suspended.isWaiting(one) || suspended.isReady(one)) : still;
  memory.begin(budget.name);
  const { places, placeOf, named } = findPlaces(reading, layout, suspended, live);
  if (memory.isSpent()) isWhole = false;
  // A request that is not found in time leaves nothing out.
  memory.begin(SERVE);
  const requestOf = rememberRequests(suspended, findRequest);
  const { chains, isCut } = groupChains(suspended, named.slice(0, MAX_SUSPENDED), placeOf, requestOf, isWhole);
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
function scanPages(
  look: Look,
  scanner: PageScanner,
  empty: EmptyPages,
  canRemember: (page: Page) => boolean,
  poll: () => void,
  found: Found[],
): number {
  const old = look.pages.filter((page) => !page.isYoung && !empty.has(page));
  let unread = 0;
  for (const page of [...look.young, ...old]) {
    const isLasting = !page.isYoung && canRemember(page);
    const scanned = scanner.scan(page, look.gaps);
    poll();
    if (!scanned) unread += 1;
    else if (!scanned.isEmpty) found.push(scanned);
    else if (isLasting) empty.add(page);
  }
  return unread;
}

/**
 * Whether a page without anything is so until its header changes. The page in which the thread allocates is not. No page is while a
 * collection lasts that was on its way when the headers were read.
 */
export function createRemembering(
  { gaps, isCollecting: wasCollecting }: Pick<Look, 'gaps' | 'isCollecting'>,
  isCollecting: () => boolean,
) {
  let mayMove = wasCollecting;
  return ({ address }: Pick<Page, 'address'>): boolean => {
    mayMove &&= isCollecting();
    return !mayMove && !gaps.some(({ start, end }) => start < end && start >= address && start < address + PAGE_BYTES);
  };
}

/**
 * Whether no function has gone on since it was found. If objects were made meanwhile, each has to wait as well: one that has gone on to
 * another promise waits by a reaction that was not read. A generator that is run as an async function is found by that alone.
 */
function hasStayed(
  reading: Reading,
  functions: SuspendedFunctions,
  found: readonly Found[],
  hasGrown: boolean,
  onStep: () => void,
): boolean {
  const scanned = found.reduce((sum, { suspended }) => sum + suspended.length, 0) / SUSPENDED_WORDS;
  if (hasGrown && functions.count > scanned) return false;
  const { reaction } = reading.layout.promises;
  for (let one = 0; one < functions.count; one += 1) {
    onStep();
    if (!isStill(reading, functions, one)) return false;
    // A reaction becomes a job in place when its promise is settled.
    const waits = functions.isWaiting(one) && typeOf(reading, functions.reactionOf(one)) === reaction;
    if (!waits && (hasGrown || functions.isWaiting(one))) return false;
  }
  return found.every(({ others }) => others.every((pointer) => waitsForNothing(reading, pointer)));
}

/** False as well if it cannot be told. */
function waitsForNothing(reading: Reading, pointer: number): boolean {
  const { asyncGenerator, continuation, isAwaiting } = reading.layout.promises;
  if (readSmi(reading, pointer, continuation) < 0) return true;
  return typeOf(reading, pointer) === asyncGenerator && readSmi(reading, pointer, isAwaiting) === 0;
}

/** Whether it is where it was, at the same `await`. */
function isStill({ memory, layout }: Reading, functions: SuspendedFunctions, one: number): boolean {
  const { promises } = layout;
  const at = functions.addressOf(one) - 1;
  const state = functions.stateOf(one);
  return (
    memory.word(at) === state.map &&
    memory.word(at + promises.function) === state.function &&
    toSmi(memory.word(at + promises.continuation)) === state.continuation &&
    toSmi(memory.word(at + promises.position)) === state.position
  );
}

/** By number: the way to a request may be long, and many may wait for one function. */
function rememberRequests(functions: SuspendedFunctions, find: FindRequest): (one: number) => number {
  const requests = new Float64Array(functions.count).fill(Number.NaN);
  return (one) => {
    const known = requests[one] as number;
    if (!Number.isNaN(known)) return known;
    const request = find(functions.addressOf(one), functions.reactionOf(one));
    requests[one] = request;
    return request;
  };
}
