import { setTimeout as pause } from 'node:timers/promises';
import { isOwnFile } from '../frames/own-file.js';
import { originOf } from '../frames/place.js';
import { waitsForEvents, waitsForFutex } from '../procfs/thread.js';
import type { RawFrame } from '../raw-frame.js';
import type { Activity, Jobs, StackAnswer } from '../sections/sources.js';
import { CpuWatch, isRunnable, PATIENCE, readStateLetter, readThreadClock } from '../thread-clock.js';
import { type Profile, readProfile } from './profile.js';

/** CPU time after which a thread that was only woken for an answer is asleep again. The kernel may count it in ticks of 4 ms. */
const BUSY_MS = 10;
/** Checks whether a thread sleeps that are made even after the deadline: the agent itself may have had no CPU. */
const MIN_RESTS = 20;
/** Looks in a row through which a thread sleeps in Atomics.wait: one that runs sleeps for a moment as well, for a lock. */
const WAIT_LOOKS = 3;
/** Looks at a thread that burns a CPU: V8 lets it be interrupted between two promise jobs in up to 98 of 100 looks. */
const MAX_LOOKS = 100;
/** Further looks, if no sample met a call of the program either. */
const MORE_LOOKS = 400;
/** Milliseconds of sampling, if too few looks met a call of the program. */
const PROFILE_MS = 50;
/** Milliseconds of each further sampling, if neither the first one nor more looks met any. */
const LONG_PROFILE_MS = 200;
/** A long profile misses a callback that only asks for its next turn about once in five times. */
const MAX_LONG_PROFILES = 5;
/** So many looks that met a call of the program tell the share of each function. */
const ENOUGH = 10;
/** A function that so many looks in a row meet is no short job. */
const STAYING_LOOKS = 4;

export interface Watched {
  /** The kernel's id of the thread. */
  readonly osId: number | undefined;
  readonly frames: readonly RawFrame[];
  /** Its stack at another moment; undefined if it does not answer. */
  look(): Promise<readonly RawFrame[] | undefined>;
  /** Samples what it runs. */
  profile(ms: number): Promise<Profile | undefined>;
  /** Callbacks that it is about to call, or is just calling. */
  queued?(): readonly RawFrame[];
  readonly deadlineMs: number;
  /** Whether one more thread that burns a CPU may be looked at; asked once for each thread. */
  mayLook?(): boolean;
}

export interface Found {
  readonly activity?: Activity;
  /** Another stack, if the first one had no call of the program: the one met most often, or the last one of a long call. */
  readonly frames?: StackAnswer['frames'];
}

/**
 * The activity of a thread that has answered: its stack alone does not show it. Without calls it waits for events, or it burns a
 * CPU in jobs that are too short to be met; with calls it runs, or it sleeps in Atomics.wait.
 */
export async function findActivity(watched: Watched): Promise<Found> {
  const { osId, frames } = watched;
  if (osId === undefined) return {};
  if (isAtomicsWait(frames[0])) {
    // It wakes for each question, however long that takes it: its CPU time says nothing.
    const rest = await watchRest(osId, watched.deadlineMs, {
      isRest: waitsForFutex,
      restLooks: WAIT_LOOKS,
      busyMs: Number.POSITIVE_INFINITY,
    });
    return rest === 'asleep' ? { activity: { kind: 'waiting' } } : {};
  }
  if (frames.some(isOfProgram)) return {};
  const rest = await watchRest(osId, watched.deadlineMs);
  if (rest === 'asleep') return { activity: { kind: 'asleep' } };
  if (rest === 'starved') return { activity: { kind: 'starved' } };
  if (rest !== 'busy') return {};
  return (watched.mayLook?.() ?? true) ? meetJobs(watched, osId) : { activity: { kind: 'jobs', looks: 1, met: [] } };
}

/** Whether the stack alone does not show the activity: the agent has to look again. */
export function isUnclear(frames: readonly RawFrame[]): boolean {
  return isAtomicsWait(frames[0]) || !frames.some(isOfProgram);
}

function isOfProgram({ file, line }: RawFrame): boolean {
  // Code without a name but with lines was evaluated by the program.
  return file === '' ? line > 0 : originOf(file) !== 'node' && !isOwnFile(file);
}

/** Node's own code calls it without its object: `native code in wait`. */
function isAtomicsWait(frame: RawFrame | undefined): boolean {
  return frame !== undefined && frame.line === 0 && /^(?:\w+\.)?wait$/.test(frame.function);
}

interface Rest {
  readonly isRest: (osId: number) => boolean;
  readonly restLooks: number;
  /** CPU time after which it does not rest any more. */
  readonly busyMs: number;
}

/**
 * Waits for a thread to rest: it sleeps through `restLooks` looks in a row, and `isRest` tells that it does so in the right place.
 * CPU time counts, not elapsed time: on a busy machine the thread may wait for its CPU.
 */
async function watchRest(
  osId: number,
  deadlineMs: number,
  { isRest = waitsForEvents, restLooks = 1, busyMs = BUSY_MS }: Partial<Rest> = {},
): Promise<'asleep' | 'busy' | 'starved' | 'unknown'> {
  const startMs = performance.now();
  const cpu = new CpuWatch(osId);
  const isOver = () => performance.now() - startMs >= (cpu.isStarved() ? PATIENCE * deadlineMs : deadlineMs);
  let rests = 0;
  let lastTurns: number | undefined;
  for (let looks = 0; looks < MIN_RESTS || !isOver(); looks += 1) {
    const state = readStateLetter(osId);
    // It has ended, or nothing is known of it here.
    if (state === '') return 'unknown';
    const turns = readThreadClock(osId)?.turns;
    // On a busy machine the agent may get its CPU whenever the thread has gone to sleep: each look meets another sleep then.
    if (turns !== lastTurns) rests = 0;
    lastTurns = turns;
    rests = state === 'S' && isRest(osId) ? rests + 1 : 0;
    if (rests === restLooks) return 'asleep';
    if (cpu.since().cpuMs >= busyMs) return 'busy';
    await pause(1, undefined, { ref: false });
  }
  if (!isRunnable(osId)) return 'unknown';
  return cpu.isCounted() ? 'starved' : 'busy';
}

/** By function: how often it was met, and the first stack that it was met in. */
type Met = Map<string, { frame: RawFrame; stack: readonly RawFrame[]; count: number }>;

async function meetJobs(watched: Watched, osId: number): Promise<Found> {
  const { frames, look, profile, queued, deadlineMs } = watched;
  const met: Met = new Map();
  const endMs = performance.now() + deadlineMs;
  let looks = 1;
  let fallback = frames;
  const lookOn = async (maxLooks: number, enough: number) => {
    for (let within = 0; looks < maxLooks && within < enough && performance.now() < endMs; looks += 1) {
      const stack = await look();
      if (stack === undefined) break;
      if (stack.length > fallback.length) fallback = stack;
      if (meet(met, stack, 1)) within += 1;
    }
    return countMet(met);
  };
  const sample = async (ms: number) => {
    const sampled = await profile(ms);
    for (const { frames: stack, count } of sampled ? readProfile(sampled) : []) {
      looks += count;
      meet(met, stack, count);
    }
  };
  if ((await lookOn(MAX_LOOKS, ENOUGH)) < ENOUGH) await sample(PROFILE_MS);
  // Before the longer ones: a callback that only asks for its next turn is met in one sample of thousands.
  if (met.size === 0) {
    for (const callback of queued?.() ?? []) {
      looks += 1;
      meet(met, [callback, ...frames], 1);
    }
  }
  if (met.size === 0) await lookOn(looks + MORE_LOOKS, 1);
  for (let n = 0; n < MAX_LONG_PROFILES && met.size === 0; n += 1) await sample(LONG_PROFILE_MS);
  // The questions kept it busy for a moment: a thread that burns a CPU never waits for events.
  if (met.size === 0 && (await watchRest(osId, deadlineMs)) === 'asleep') return { activity: { kind: 'asleep' } };
  if (looks - countMet(met) <= 1) {
    // Only the first look met no call: the thread was about to begin with a long one.
    const stack = await stay(look);
    if (stack) return { frames: stack };
  }
  const sorted = [...met.values()].sort((a, b) => b.count - a.count);
  const activity: Jobs = { kind: 'jobs', looks, met: sorted.map(({ frame, count }) => ({ frame, count })) };
  return { activity, frames: sorted[0]?.stack ?? fallback };
}

/** The last stack, if a thread is in the same function of the program at each of several looks. */
async function stay(look: Watched['look']): Promise<readonly RawFrame[] | undefined> {
  const met: Met = new Map();
  let stack: readonly RawFrame[] | undefined;
  for (let n = 0; n < STAYING_LOOKS; n += 1) {
    stack = await look();
    if (stack === undefined || !meet(met, stack, 1)) return undefined;
  }
  return met.size === 1 ? stack : undefined;
}

function countMet(met: Met): number {
  return [...met.values()].reduce((sum, { count }) => sum + count, 0);
}

/** Whether the stack has a call of the program. */
function meet(met: Met, stack: readonly RawFrame[], count: number): boolean {
  const frame = stack.find(isOfProgram);
  if (!frame) return false;
  // A look and a sample name the same function differently, and give another column as its start.
  const name = frame.function.replace(/ \[as .*$/, '').replace(/^.*\./, '');
  const key = `${frame.file}\n${name}\n${frame.enclosingLine}`;
  const known = met.get(key);
  met.set(key, known ? { ...known, count: known.count + count } : { frame, stack, count });
  return true;
}
