import type { Reading } from '../reading.js';
import type { Steps } from '../steps.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import { isSame, type Look, listUsed, lookAtPages } from '../suspended/look.js';
import type { MadeRequests } from './made-requests.js';
import { findSettlers, type Settlers } from './settlers.js';

/** The pages that it began with are others by then. */
export const MAX_AGE_MS = 30_000;

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

/** A search that is gone on with, as long as one of the promises is pending. */
export interface Search {
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

export function startSearch(
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

export function isOf(
  search: Search,
  { isolate, hold, isLater }: SettledThread,
  promises: ReadonlySet<number>,
): boolean {
  // Before it was held, it may have moved a sought object to a place that was looked at already.
  if (search.isolate !== isolate || search.hold !== hold) return false;
  // There is more time for the list of pages now.
  if (isLater && !search.isLater && !search.look.isWhole) return false;
  return hasOneOf(search, promises) && performance.now() - search.startMs < MAX_AGE_MS;
}

/** Whether all of its promises are settled, and others have come. */
export function isOutrun(search: Search, { isolate, hold }: SettledThread, promises: ReadonlySet<number>): boolean {
  return search.isolate === isolate && search.hold === hold && !hasOneOf(search, promises);
}

/** Promises that have come since are not of those that a process is stuck at. */
function hasOneOf(search: Search, promises: ReadonlySet<number>): boolean {
  return [...promises].some((promise) => search.promises.has(promise));
}

export function isStill(reading: Reading, layout: SuspendedLayout, { look, isolate, isLater }: Search): boolean {
  return isSame(look, lookAtPages(reading, layout, isolate, { isLater }));
}
