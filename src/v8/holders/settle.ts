import { Attempts } from '../attempts.js';
import { startDeadline } from '../deadline.js';
import { readSmi, typeOf } from '../heap.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { goOn, type Steps } from '../steps.js';
import type { Chain } from '../suspended/chain.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import { isSame, type Look, listUsed, lookAtPages } from '../suspended/look.js';
import { type OwnThread, withAddresses } from '../suspended/own-objects.js';
import type { MadeRequests } from './made-requests.js';
import type { Settler } from './settler.js';
import { findSettlers, type Settlers } from './settlers.js';

/** Of a search that is made in slices, and of each slice. */
const SLICE_MS = 200;
const BUDGET: Budget = { bytes: 4 * 1024 ** 3, ms: 5 * SLICE_MS };
/** The pages that it began with are others by then. */
const MAX_AGE_MS = 30_000;
/** The greatest share of promises that the search, which began before them, may leave out. */
const MAX_UNKNOWN = 0.1;
/** Searches of one report that end so: the promises of a busy server are settled while they are looked for, and others have come. */
const MAX_OUTRUN = 2;
const TEST_BUDGET: Budget = { bytes: 4 * 1024 ** 3, ms: 1000 };
/** Chains of which it is told. */
const MAX_CHAINS = 60;
/** Our own collections may move the objects that are looked at: twice, then they are old. */
const TRIES = 6;

/** The thread whose chains they are. */
export interface SettledThread {
  readonly isolate: number;
  /** Whether no JavaScript is on its stack: a running function may settle a promise, and is not seen in the heap. */
  isIdle(): boolean;
  /** The number of the hold in which its thread is: nothing moves. */
  readonly hold?: number;
  readonly isLater?: boolean | undefined;
  readonly made: MadeRequests;
  /** How often it was given a CPU, if the kernel counts that. */
  turns(): number | undefined;
  /** The same while it sleeps, else undefined. */
  sleep(): number | undefined;
}

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

/** A search that is gone on with, as long as one of the promises is pending. */
interface Search {
  readonly isolate: number;
  readonly promises: ReadonlySet<number>;
  readonly look: Look;
  readonly wasIdle: boolean;
  readonly turns: number | undefined;
  readonly startMs: number;
  readonly hold: number | undefined;
  readonly isLater: boolean | undefined;
  readonly steps: Steps<Settlers>;
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

function isOf(search: Search, { isolate, hold, isLater }: SettledThread, promises: ReadonlySet<number>): boolean {
  // Before it was held, it may have moved a sought object to a place that was looked at already.
  if (search.isolate !== isolate || search.hold !== hold) return false;
  // There is more time for the list of pages now.
  if (isLater && !search.isLater && !search.look.isWhole) return false;
  return hasOneOf(search, promises) && performance.now() - search.startMs < MAX_AGE_MS;
}

/** Whether all of its promises are settled, and others have come. */
function isOutrun(search: Search, { isolate, hold }: SettledThread, promises: ReadonlySet<number>): boolean {
  return search.isolate === isolate && search.hold === hold && !hasOneOf(search, promises);
}

/** Promises that have come since are not of those that a process is stuck at. */
function hasOneOf(search: Search, promises: ReadonlySet<number>): boolean {
  return [...promises].some((promise) => search.promises.has(promise));
}

function isPending(reading: Reading, promise: number): boolean {
  const { promises } = reading.layout;
  return typeOf(reading, promise) === promises.promise && readSmi(reading, promise, promises.flags) % 4 === 0;
}

function isStill(reading: Reading, layout: SuspendedLayout, { look, isolate, isLater }: Search): boolean {
  return isSame(look, lookAtPages(reading, layout, isolate, { isLater }));
}

function rootsOf({ end, roots }: Chain): readonly number[] {
  return end === 'promise' ? roots : [];
}

function startSearch(
  reading: Reading,
  layout: SuspendedLayout,
  { isolate, isIdle, turns, hold, isLater, made }: SettledThread,
  promises: ReadonlySet<number>,
): Search {
  const found = { isolate, promises, wasIdle: isIdle(), turns: turns(), startMs: performance.now(), hold, isLater };
  const look = lookAtPages(reading, layout, isolate, { isLater });
  const heap = { pages: listUsed(look), gaps: look.gaps, free: layout.free };
  return { ...found, look, steps: findSettlers(reading, layout, heap, promises, made) };
}

/** Of the samples of alike chains. */
function mostFrequent(settlers: Settlers, roots: readonly number[]): Settler | undefined {
  const found = roots.flatMap((promise) => settlers.of(promise) ?? []);
  const alike = ({ kind, label }: Settler) => found.filter((one) => one.kind === kind && one.label === label);
  const [first] = found.toSorted((one, other) => alike(other).length - alike(one).length);
  const requests = first ? alike(first).flatMap((one) => one.requests ?? []) : [];
  return first && { ...first, ...(requests.length > 0 ? { requests: [...new Set(requests)] } : {}) };
}

const NONE: MadeRequests = new Set();
const OWN_MS = 1_987_654;

/** Whether three promises of our own are told as they are: kept in a list, resolved by a timer, and resolved by nobody. */
function proves(reading: Reading, layout: SuspendedLayout, own: OwnThread, isLater: boolean): boolean {
  class GmrKept {
    readonly list: unknown[] = [];
  }
  const kept = new GmrKept();
  const held = new Promise((resolve) => kept.list.push(resolve, 1));
  let timer: NodeJS.Timeout | undefined;
  const timed = new Promise<void>((resolve) => {
    timer = setTimeout(() => resolve(), OWN_MS).unref();
  });
  const lost = new Promise(() => {});
  try {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      reading.memory.begin(TEST_BUDGET);
      let isCut = false;
      const isRight = withAddresses(reading, own, [held, timed, lost, kept], (addresses) => {
        reading.memory.refresh();
        const promises = addresses().slice(0, 3) as [number, number, number];
        reading.memory.begin(TEST_BUDGET);
        const thread = {
          isolate: own.isolate,
          isIdle: () => false,
          turns: () => undefined,
          sleep: () => undefined,
          made: NONE,
          isLater,
        };
        const { look, steps } = startSearch(reading, layout, thread, new Set(promises));
        isCut = !look.isWhole;
        if (isCut) return false;
        const settlers = goOn(steps, () => false);
        const [first, second, third] = promises.map((promise) => settlers?.of(promise));
        return (
          first?.kind === 'object' &&
          first.of === 2 &&
          // A bundler may have given the class another name.
          /^_?GmrKept\d*\.list$/.test(first.label) &&
          second?.timer?.ms === OWN_MS &&
          (third === undefined || third.kind === 'nobody')
        );
      });
      if (isRight) return true;
      // The pages of a large heap, of another thread, take all of the time.
      if (isCut) return false;
    }
    return false;
  } finally {
    clearTimeout(timer);
  }
}
