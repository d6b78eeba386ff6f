import type { Call } from '../calls.js';
import { startDeadline } from '../deadline.js';
import { isCollecting } from '../isolate.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { AllocationWatch } from './allocation-watch.js';
import { PAGE_BYTES } from './candidates.js';
import { type Chains, groupChains } from './chains.js';
import type { EmptyPages } from './empty-pages.js';
import { readTop } from './free-space.js';
import { linkSuspended } from './graph.js';
import { findJobMaps } from './job-maps.js';
import type { SuspendedLayout } from './layout.js';
import { hasAllocated, isSame, type Look, lookAgain, lookAtPages } from './look.js';
import { findPlaces } from './places.js';
import { createPageScanner } from './scan.js';
import { copyPages, createRemembering, type PageScan, scanPages } from './scan-pages.js';
import type { FindRequest } from './served-requests.js';
import { hasStayed, isStill } from './stays.js';
import type { SuspendedFunctions } from './suspended-functions.js';

/** The suspended functions of one thread, as they were while it went on. */
export interface Walked extends Chains {
  /** Each with the number of functions that are suspended there; the most first. */
  readonly places: readonly { readonly call: Call; readonly count: number }[];
  readonly count: number;
  /** Of these, functions that have gone on since the heap was read. */
  readonly goneOn: number;
  /** Functions that wait for no pending promise and have no job: their promise is gone, or they are garbage. */
  readonly lost: number;
  /** Nothing has moved meanwhile, and no function has gone on: none is missing. */
  readonly isQuiet: boolean;
  /** The whole heap was read in time. */
  readonly isWhole: boolean;
  readonly heapBytes: number;
}

type Budgets = Readonly<Record<'read' | 'link' | 'name', Budget>>;

/** For a report that waits, and for later reads, for which nothing does: 100,000 functions are linked in most of a second. */
const BUDGETS: Readonly<Record<'first' | 'later', Budgets>> = {
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
/** So many pages of which nothing is known are read before the first look: it lasts no longer than the others then. */
const MAX_UNKNOWN_PAGES = 64;
const NONE: ReadonlySet<number> = new Set();
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
  walked: WalkedIsolate,
  empty: EmptyPages,
  findRequest: FindRequest,
): Walked {
  const { memory } = reading;
  const budget = BUDGETS[walked.isLater ? 'later' : 'first'];
  memory.begin(budget.read);
  reading.scripts.begin();
  const { suspended, heapBytes, isQuiet, isUnmoved, ...seen } = lookUntilQuiet(reading, layout, walked, empty, budget);
  // Objects that have moved are not where the copies have them.
  if (!isUnmoved) memory.begin(budget.name);
  else memory.goOn(budget.name);
  const all = Array.from({ length: suspended.count }, (_, one) => one);
  const isHere = (one: number) => isQuiet || isStill(reading, suspended, one);
  const [here, gone] = memory.now(() => partition(all, isHere));
  let isWhole = seen.isWhole && !memory.isSpent();
  const [linked, others] = partition(here, (one) => isLinked(suspended, one));
  // If nothing was moved, those that have gone on since are told where they waited.
  const goneOn = isUnmoved ? gone.filter((one) => isLinked(suspended, one)) : [];
  const live = [...linked, ...(isWhole ? [] : others), ...goneOn];
  memory.goOn(budget.name);
  const { places, placeOf, named } = findPlaces(reading, layout, suspended, live);
  if (memory.isSpent()) isWhole = false;
  // A request that is not found in time leaves nothing out.
  memory.begin(SERVE);
  const requestOf = rememberRequests(suspended, findRequest);
  const { chains, isCut } = groupChains(suspended, named.slice(0, MAX_SUSPENDED), placeOf, requestOf, isWhole);
  memory.refresh();
  return {
    chains,
    isCut: isCut || named.length > MAX_SUSPENDED,
    places: places.map(({ call, count }) => ({ call, count })),
    count: named.length,
    goneOn: goneOn.length,
    lost: isWhole ? others.length : 0,
    isQuiet,
    isWhole,
    heapBytes,
  };
}

/** Whether that for which it waits is known. */
function isLinked(functions: SuspendedFunctions, one: number): boolean {
  return functions.isWaiting(one) || functions.isReady(one);
}

function partition<T>(
  all: readonly T[],
  test: (one: T) => boolean,
): readonly [passed: readonly T[], others: readonly T[]] {
  const passed: T[] = [];
  const others: T[] = [];
  for (const one of all) (test(one) ? passed : others).push(one);
  return [passed, others];
}

interface Seen extends Pick<Walked, 'isQuiet' | 'isWhole' | 'heapBytes'> {
  readonly suspended: SuspendedFunctions;
  /** No object has moved. */
  readonly isUnmoved: boolean;
}

/** Looks again while objects are moved or functions go on, as long as there is time. */
function lookUntilQuiet(
  reading: Reading,
  layout: SuspendedLayout,
  { isolate, hold, isLater = false, sleep }: WalkedIsolate,
  empty: EmptyPages,
  budget: Budgets,
): Seen {
  const { memory } = reading;
  const scanner = createPageScanner(reading, layout, findJobMaps(reading, isolate));
  const how = { isLater, findKnown: empty.find };
  const startWatch = (from: Look) => new AllocationWatch(from, () => readTop(reading, layout.free, isolate));
  const scanOf = (from: Look, onPage: () => void): PageScan => {
    scanner.begin();
    const canRemember = createRemembering(from, () => isCollecting(memory, reading.isolate, isolate));
    return { scanner, gaps: from.gaps, empty, canRemember, isSpent: memory.isSpent, onPage };
  };
  let asleep = sleep();
  let look = lookAtPages(reading, layout, isolate, how);
  empty.begin(look.pages);
  const unknown = look.pages.filter(empty.mayBeEmpty);
  const isKnown = unknown.length <= MAX_UNKNOWN_PAGES;
  const left: ReadonlySet<number> = isKnown
    ? NONE
    : scanPages(
        unknown,
        scanOf(look, () => {}),
      ).unread;
  const isLate = startDeadline(LOOK_MS);
  for (let looks = 1, unmoved = 0; ; looks += 1) {
    if (looks > 1 || !isKnown) {
      memory.begin(budget.link);
      asleep = sleep();
      look = lookAgain(reading, layout, isolate, look, how);
    }
    const watch = startWatch(look);
    const onPage = () => watch.poll();
    const old = look.pages.filter((page) => !page.isYoung && !empty.has(page) && !left.has(page.address));
    const scanCopies = copyPages(memory, [...look.young, ...old], scanOf(look, onPage));
    const again = lookAgain(reading, layout, isolate, look, { ...how, onPage });
    // Threads that sweep change the pages of one that is held.
    const isUnmoved = hold !== undefined || watch.hasOnlyGrown(again) || isSame(look, again);
    // V8 takes the area of a thread that sleeps away from it: then all young pages count, and nothing has moved.
    const hasSlept = asleep !== undefined && asleep === sleep();
    const { found, unread } = scanCopies();
    memory.goOn(budget.link);
    const suspended = linkSuspended(reading, layout, found);
    const isWhole = look.isWhole && left.size + unread.size === 0 && !memory.isSpent();
    memory.goOn(budget.name);
    const isStanding =
      hold !== undefined ||
      hasSlept ||
      (isUnmoved && memory.now(() => hasStayed(reading, suspended, found, hasAllocated(look, again))));
    if (isUnmoved) unmoved += 1;
    // Functions of a server go on at any time.
    if ((isUnmoved && isStanding) || unmoved === MAX_UNMOVED || looks === MAX_LOOKS || isLate()) {
      const isQuiet = isUnmoved && isStanding && (look.isYoungKnown || hasSlept);
      return { suspended, isUnmoved, isQuiet, isWhole, heapBytes: look.pages.length * PAGE_BYTES };
    }
  }
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
