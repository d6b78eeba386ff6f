import { Attempts } from '../attempts.js';
import { startDeadline } from '../deadline.js';
import { readSmi, typeOf } from '../heap.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { goOn } from '../steps.js';
import type { Chain } from '../suspended/chain.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import type { OwnThread } from '../suspended/own-objects.js';
import { proves } from './proof.js';
import { isOf, isOutrun, isStill, MAX_AGE_MS, type Search, type SettledThread, startSearch } from './search.js';
import type { Settler } from './settler.js';
import type { Settlers } from './settlers.js';

/** Of a search that is made in slices, and of each slice. */
const SLICE_MS = 200;
const BUDGET: Budget = { bytes: 4 * 1024 ** 3, ms: 5 * SLICE_MS };
/** The greatest share of promises that the search, which began before them, may leave out. */
const MAX_UNKNOWN = 0.1;
/** Searches of one report that end so: the promises of a busy server are settled while they are looked for, and others have come. */
const MAX_OUTRUN = 2;
/** Chains of which it is told. */
const MAX_CHAINS = 60;

export interface SettledChains {
  readonly chains: readonly Chain[];
  readonly search: SearchState;
}

/**
 * Of the things that would settle the promises. `cut`: there was no time for all, and the next call for these chains goes on.
 * `outrun`: the promises were settled, and others made, sooner than those things were found.
 */
export type SearchState = 'over' | 'cut' | 'outrun';

export interface Settling {
  /** Checks the search on promises of our own. Until it has passed, no chain has a settler. `isLater`: nothing waits for it. */
  prove(isLater: boolean): void;
  /** Adds to the most frequent chains the things that would settle the promises that they end at. */
  settle(thread: SettledThread, chains: readonly Chain[]): SettledChains;
}

/** So many functions fill our own heap: its collections move the promises of a proof. */
const CROWD = 5000;

export function createSettling(reading: Reading, layout: SuspendedLayout, own: () => OwnThread): Settling {
  let isProved = false;
  const attempts = new Attempts();
  let left: Search | undefined;
  /** Searches that were outrun, since the first read for a report. */
  let outrun = 0;
  /** It has some kilobytes for each page of the heap. */
  const forget = (search: Search): void => {
    if (left === search) left = undefined;
  };
  const prove = (isLater: boolean): void => {
    try {
      isProved ||= attempts.take() && proves(reading, layout, own(), isLater);
    } catch {
      // A later call tries again. Until then no chain has a settler.
    }
  };
  const settle = (thread: SettledThread, chains: readonly Chain[]): SettledChains => {
    if (!thread.isLater) outrun = 0;
    reading.memory.begin(BUDGET);
    const roots = chains.slice(0, MAX_CHAINS).flatMap(rootsOf);
    const promises = new Set(roots.filter((root) => isPending(reading, root)));
    if (promises.size === 0) return { chains, search: 'over' };
    const isCrowded = chains.reduce((sum, { count }) => sum + count, 0) > CROWD;
    // A later read has tried it before its walk.
    if (!isCrowded && !thread.isLater) prove(false);
    // A later read has more time to prove it.
    if (!isProved) return { chains, search: attempts.isLeft() ? 'cut' : 'over' };
    reading.memory.begin(BUDGET);
    if (left && isOutrun(left, thread, promises)) outrun += 1;
    if (outrun === MAX_OUTRUN) {
      left = undefined;
      return { chains, search: 'outrun' };
    }
    const isSlice = left !== undefined && isOf(left, thread, promises);
    const search = left && isSlice ? left : startSearch(reading, layout, thread, promises);
    reading.memory.begin(BUDGET);
    const settlers = goOn(search.steps, startDeadline(SLICE_MS));
    left = settlers ? undefined : search;
    if (left && !isSlice) setTimeout(forget, MAX_AGE_MS, search).unref();
    if (!settlers) return { chains, search: 'cut' };
    reading.memory.begin(BUDGET);
    const isQuiet = thread.hold !== undefined || isStill(reading, layout, search);
    const hasSlept = search.turns !== undefined && search.turns === thread.turns();
    const wasIdle = search.wasIdle && thread.isIdle();
    // Between two slices a thread that runs may have moved a sought object to a place that was looked at before.
    const canBeNobody =
      search.look.isWhole && isQuiet && wasIdle && (hasSlept || thread.hold !== undefined || !isSlice);
    const told = chains.map((chain, index) => {
      const settler = index < MAX_CHAINS ? mostFrequent(settlers, rootsOf(chain)) : undefined;
      // Something that was moved meanwhile may have been missed.
      return settler && (canBeNobody || settler.kind !== 'nobody') ? { ...chain, settler } : chain;
    });
    const unknown = [...promises].filter((promise) => !search.promises.has(promise)).length;
    if (unknown <= promises.size * MAX_UNKNOWN) return { chains: told, search: 'over' };
    outrun += 1;
    return { chains: told, search: outrun < MAX_OUTRUN ? 'cut' : 'outrun' };
  };
  return { prove, settle };
}

function isPending(reading: Reading, promise: number): boolean {
  const { promises } = reading.layout;
  return typeOf(reading, promise) === promises.promise && readSmi(reading, promise, promises.flags) % 4 === 0;
}

function rootsOf({ end, roots }: Chain): readonly number[] {
  return end === 'promise' ? roots : [];
}

/** Of the samples of alike chains. */
function mostFrequent(settlers: Settlers, roots: readonly number[]): Settler | undefined {
  const found = roots.flatMap((promise) => settlers.of(promise) ?? []);
  const alike = ({ kind, label }: Settler) => found.filter((one) => one.kind === kind && one.label === label);
  const [first] = found.toSorted((one, other) => alike(other).length - alike(one).length);
  const requests = first ? alike(first).flatMap((one) => one.requests ?? []) : [];
  return first && { ...first, ...(requests.length > 0 ? { requests: [...new Set(requests)] } : {}) };
}
