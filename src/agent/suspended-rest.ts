import type { Section } from '../report.js';
import { describeLateSuspended, type LateSources } from '../sections/late.js';
import { type Busiest, collectSuspended, type Suspensions } from '../sections/suspended.js';
import type { SuspendedSource } from '../sections/suspended-thread.js';
import type { Settings } from '../settings.js';
import { type HoldingReading, lookExactly } from './held-walk.js';
import { isCut, walkOn } from './suspended.js';
import type { ThreadAnswers } from './threads.js';
import { tellBusiest } from './verdict.js';

/** Milliseconds for the rest of main's suspended functions: if somebody waits for the report, and if nobody does. */
const AWAITED_MS = 8000;
const SUPPLEMENT_MS = 20_000;

export const NO_REQUESTS = { requests: [], requestCount: 0 };

export interface RestRequest {
  readonly main: ThreadAnswers['main'];
  readonly first: SuspendedSource | undefined;
  readonly memoryReader: Settings['memoryReader'];
  /** Main is held while its heap is read. */
  readonly isExact: boolean;
  /** The report is made when nothing is missing. */
  readonly isAwaited: boolean;
  /** Whether another report waits for this one. */
  readonly isWaitedFor: () => boolean;
}

export interface CompletedLook {
  readonly source: SuspendedSource | undefined;
  readonly notes: readonly string[];
  /** There was no time for all: a supplement may have the rest. */
  readonly isCut: boolean;
}

/** Looks at main's suspended functions again: if `isExact`, or if the first look had no time for all and somebody waits. */
export async function completeLook(reading: HoldingReading, request: RestRequest): Promise<CompletedLook> {
  const { main, first, memoryReader, isExact, isAwaited, isWaitedFor } = request;
  const wasCut = first !== undefined && isCut(first);
  const exact = isExact ? await lookExactly(reading, memoryReader, main) : undefined;
  const again =
    exact?.source ?? (wasCut && isAwaited ? await walkOn(reading, main, AWAITED_MS, isWaitedFor) : undefined);
  return { source: again ?? first, notes: exact?.notes ?? [], isCut: wasCut && !again };
}

export type CollectSupplement = (about: LateSources) => readonly Section[];

/** Looks for the rest until `isOver`. Resolves with a function that makes the section of a supplement. */
export type WalkRest = (isOver: () => boolean) => Promise<CollectSupplement | undefined>;

/** `id` and `timeMs` are of the report whose supplement it is; `isIdle`: main was, so that the supplement has `waits for`. */
export function createRestWalk(
  reading: HoldingReading,
  main: ThreadAnswers['main'],
  { id, timeMs, isIdle }: { readonly id: string; readonly timeMs: number; readonly isIdle: boolean },
): WalkRest {
  return async (isOver) => {
    const source = await walkOn(reading, main, SUPPLEMENT_MS, isOver);
    if (!source || 'why' in source.look) return undefined;
    const lateMs = Date.now() - timeMs;
    return ({ frames, root }) => {
      // Some of the report's requests may have been answered since.
      const found = collectSuspended([source], frames, NO_REQUESTS);
      const busiest = isIdle ? findBusiest(found) : undefined;
      const waitsFor = busiest ? { waitsFor: tellBusiest(busiest) } : {};
      const late = { report: id, lateMs, answered: new Date(timeMs + lateMs).toISOString(), ...waitsFor };
      return [describeLateSuspended(found, late, root)];
    };
  };
}

/** Undefined if only a part of a heap was read: another place may be busier. A place where a request waits counts in any case. */
export function findBusiest(suspensions: Suspensions | undefined): Busiest | undefined {
  const { busiest, data } = suspensions ?? {};
  const isWhole = data?.threads.every((thread) => 'why' in thread || thread.whole);
  return isWhole || busiest?.requests ? busiest : undefined;
}
