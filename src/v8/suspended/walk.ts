import type { Call } from '../calls.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { type Chains, groupChains } from './chains.js';
import type { EmptyPages } from './empty-pages.js';
import type { SuspendedLayout } from './layout.js';
import { findPlaces } from './places.js';
import type { FindRequest } from './served-requests.js';
import { type SnapshotThread, takeSnapshot } from './snapshot.js';
import { hasGoneOn, isStill } from './stays.js';
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
/** Functions that are told in chains; more are counted. */
const MAX_SUSPENDED = 100_000;

/** Walks the heap of an isolate, which goes on meanwhile, unless it is held. */
export function walkSuspended(
  reading: Reading,
  layout: SuspendedLayout,
  thread: SnapshotThread,
  empty: EmptyPages,
  findRequest: FindRequest,
): Walked {
  const { memory } = reading;
  const budget = BUDGETS[thread.isLater ? 'later' : 'first'];
  memory.begin(budget.read);
  reading.scripts.begin();
  const { suspended, heapBytes, isQuiet, isUnmoved, ...seen } = takeSnapshot(
    reading,
    layout,
    thread,
    empty,
    budget.link,
  );
  // Objects that have moved are not where the copies have them.
  const begin = (next: Budget) => (isUnmoved ? memory.goOn(next) : memory.begin(next));
  begin(budget.name);
  const all = Array.from({ length: suspended.count }, (_, one) => one);
  const [linked, others] = partition(all, (one) => suspended.isWaiting(one) || suspended.isReady(one));
  const isHere = (one: number) => isQuiet || isStill(reading, suspended, one);
  const isGone = (one: number) => !isQuiet && isUnmoved && hasGoneOn(reading, suspended, one);
  const seenNow = memory.now(() => {
    const [gone, staying] = partition(linked, isGone);
    // Functions that have gone on are told at the `await` that they have in the copies.
    return { gone, staying: isUnmoved ? staying : staying.filter(isHere), others: others.filter(isHere) };
  });
  let isWhole = seen.isWhole && !memory.isSpent();
  const goneOn = new Set(seenNow.gone);
  const live = [...seenNow.staying, ...(isWhole ? [] : seenNow.others), ...seenNow.gone];
  begin(budget.name);
  const { places, placeOf, named } = findPlaces(reading, layout, suspended, live);
  if (memory.isSpent()) isWhole = false;
  // A request that is not found in time leaves nothing out.
  begin(SERVE);
  const requestOf = rememberRequests(suspended, findRequest);
  const { chains, isCut } = groupChains(suspended, named.slice(0, MAX_SUSPENDED), placeOf, requestOf, isWhole);
  memory.refresh();
  return {
    chains,
    isCut: isCut || named.length > MAX_SUSPENDED,
    places: places.map(({ call, count }) => ({ call, count })),
    count: named.length,
    goneOn: named.filter((one) => goneOn.has(one)).length,
    // One that has just gone on to a promise that was not copied looks the same.
    lost: isWhole && isQuiet ? others.length : 0,
    isQuiet,
    isWhole,
    heapBytes,
  };
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
