import { setTimeout as pause } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { InFlightRequest, Trigger } from '../report.js';
import type { MainAnswer } from '../sections/sources.js';
import type { SuspendedSource } from '../sections/suspended-thread.js';
import type { Exiting, SharedState } from '../shared-state.js';
import type { WalkedThread } from '../v8/readings.js';
import { readTimersClock } from './event-loop.js';
import type { NativeStacks } from './native-stacks.js';
import type { ThreadAnswers } from './threads.js';

/** Milliseconds for all workers of one report: a walk takes up to a third of a second. */
const MAX_WORKERS_MS = 300;

/** The shortest pause between two slices of a walk: the agent handles its events meanwhile. */
const MIN_PAUSE_MS = 20;

/** The reason why no walk is made; undefined if there is time for one. */
export function tellHurry(trigger: Trigger, exiting: Exiting): string | undefined {
  if (trigger.kind === 'crash') return 'the process ends of what was thrown';
  return exiting === 'no' ? undefined : 'the process is ending';
}

export interface Walking {
  readonly natives: NativeStacks;
  readonly shared: Pick<SharedState, 'timersLagMs' | 'exiting'>;
}

const MAIN = '#0 main';

/** The functions that are suspended, of main and of the workers whose thread is known. */
export function readSuspended(
  { natives, shared }: Walking,
  { main: answer, workers }: Pick<ThreadAnswers, 'main' | 'workers'>,
  hurry: string | undefined,
): readonly SuspendedSource[] {
  if (hurry !== undefined) return [{ thread: MAIN, look: { why: hurry }, texts: () => undefined }];
  const main = readMain({ natives, shared }, answer);
  const read = (thread: string, osId: number): SuspendedSource => ({
    thread,
    look: natives.lookAtSuspended(osId, { served: NONE, made: NONE }),
    texts: natives.openTexts(osId),
  });
  const startMs = performance.now();
  const others = workers.flatMap((worker): SuspendedSource[] => {
    const osId = worker.stack?.osId ?? worker.osId;
    if (osId === undefined || worker.id === threadId) return [];
    const thread = `#${worker.id} ${worker.name}`;
    if (performance.now() - startMs < MAX_WORKERS_MS) return [read(thread, osId)];
    return [{ thread, look: { why: 'the walks of the other workers took all the time' }, texts: () => undefined }];
  });
  // The reason is the same for all threads, so it is told once.
  return 'why' in main.look ? [main] : [main, ...others];
}

/** Whether there was no time for all of main's heap. */
export function isCut({ look }: SuspendedSource): boolean {
  return 'suspended' in look && !(look.suspended.isWhole && look.suspended.search !== 'cut');
}

/**
 * Reads main's functions again until nothing is missing, in slices that take half of the agent's time: each slice goes on where
 * the one before had to stop. Resolves with the best result when the time is over, or with undefined if `isOver` before.
 */
export async function walkOn(
  { natives, shared }: Walking,
  main: MainAnswer,
  boundMs: number,
  isOver: () => boolean,
): Promise<SuspendedSource | undefined> {
  const endMs = performance.now() + boundMs;
  let best: SuspendedSource | undefined;
  for (let sliceMs = 0; ; ) {
    await pause(Math.max(MIN_PAUSE_MS, sliceMs));
    if (isOver() || shared.exiting() !== 'no') return undefined;
    const startMs = performance.now();
    const source = readMain({ natives, shared }, main, { isLater: true });
    sliceMs = performance.now() - startMs;
    if (isComplete(source)) return source;
    if (!best || countTold(source) >= countTold(best)) best = source;
    if (!isCut(source) || performance.now() > endMs) return best;
  }
}

/** Whether nothing is missing; a look that is not cut may lack the things that settle promises. */
function isComplete(source: SuspendedSource): boolean {
  const { look } = source;
  return !isCut(source) && !('suspended' in look && look.suspended.search === 'outrun');
}

/** A measure of how much a look has found. */
function countTold({ look }: SuspendedSource): number {
  if ('why' in look) return -1;
  const { isWhole, chains } = look.suspended;
  return (isWhole ? 1 : 0) + chains.filter(({ settler }) => settler).length / (chains.length + 1);
}

/** Reads main's suspended functions once. @param about see `WalkedThread` */
export function readMain(
  { natives, shared }: Walking,
  answer: MainAnswer,
  about: Pick<WalkedThread, 'held' | 'isLater'> = {},
): SuspendedSource {
  return {
    thread: MAIN,
    look: natives.lookAtSuspended(process.pid, {
      served: listRequests(answer, 'served'),
      made: listRequests(answer, 'made'),
      ...about,
    }),
    texts: natives.openTexts(process.pid),
    // A worker's timers have a clock of their own.
    timersNow: readTimersClock(shared),
  };
}

/** Requests of other threads are not known. */
const NONE: ReadonlySet<number> = new Set();

function listRequests(main: MainAnswer, direction: InFlightRequest['direction']): ReadonlySet<number> {
  const requests = main.kind === 'facts' ? main.facts.inFlight.requests : [];
  return new Set(requests.filter((one) => one.direction === direction).map(({ id }) => id));
}
