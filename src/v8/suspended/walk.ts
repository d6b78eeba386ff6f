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
import { createRemembering, scanPages } from './scan-pages.js';
import type { FindRequest } from './served-requests.js';
import { hasStayed, isStill } from './stays.js';
import type { SuspendedFunctions } from './suspended-functions.js';

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
  const { suspended, heapBytes, isQuiet, ...seen } = lookUntilQuiet(reading, layout, walked, empty, budget);
  memory.begin(budget.name);
  const all = Array.from({ length: suspended.count }, (_, one) => one);
  const still = isQuiet ? all : all.filter((one) => isStill(reading, suspended, one));
  let isWhole = seen.isWhole && !memory.isSpent();
  const live = isWhole ? still.filter((one) => suspended.isWaiting(one) || suspended.isReady(one)) : still;
  memory.begin(budget.name);
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
    lost: still.length - live.length,
    isQuiet,
    isWhole,
    heapBytes,
  };
}

interface Seen extends Pick<Walked, 'isQuiet' | 'isWhole' | 'heapBytes'> {
  readonly suspended: SuspendedFunctions;
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
  const isLate = startDeadline(LOOK_MS);
  const scanner = createPageScanner(reading, layout, findJobMaps(reading, isolate));
  const how = { isLater, findKnown: empty.find };
  const startWatch = (from: Look) => new AllocationWatch(from, () => readTop(reading, layout.free, isolate));
  let asleepAtFirst = sleep();
  let look = lookAtPages(reading, layout, isolate, how);
  let watch = startWatch(look);
  const onPage = () => watch.poll();
  empty.begin(look.pages);
  for (let looks = 1, unmoved = 0; ; looks += 1) {
    scanner.begin();
    const canRemember = createRemembering(look, () => isCollecting(memory, reading.isolate, isolate));
    const { found, unread } = scanPages(look, { scanner, empty, canRemember, isSpent: memory.isSpent, onPage });
    memory.begin(budget.link);
    const suspended = linkSuspended(reading, layout, found, onPage);
    const isWhole = look.isWhole && unread === 0 && !memory.isSpent();
    memory.begin(budget.link);
    const asleep = sleep();
    const again = lookAgain(reading, layout, isolate, look, { ...how, onPage });
    const isGrown = watch.hasOnlyGrown(again);
    watch = startWatch(again);
    // Threads that sweep change the pages of one that is held.
    const isUnmoved = hold !== undefined || isGrown || isSame(look, again);
    // V8 takes the area of a thread that sleeps away from it: then all young pages count, and nothing has moved.
    const hasSlept = asleepAtFirst !== undefined && asleepAtFirst === sleep();
    const isFrozen = hold !== undefined || hasSlept;
    memory.begin(budget.name);
    const isStanding =
      isFrozen || (isUnmoved && hasStayed(reading, suspended, found, hasAllocated(look, again), onPage));
    if (isUnmoved) unmoved += 1;
    // Functions of a server go on at any time.
    if ((isUnmoved && isStanding) || unmoved === MAX_UNMOVED || looks === MAX_LOOKS || isLate()) {
      const isQuiet = isUnmoved && isStanding && (look.isYoungKnown || hasSlept);
      return { suspended, isQuiet, isWhole, heapBytes: look.pages.length * PAGE_BYTES };
    }
    memory.begin(budget.link);
    look = again;
    asleepAtFirst = asleep;
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
