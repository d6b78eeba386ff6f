import type { RunningTexts } from '../frames/running-texts.js';
import type { MainFacts } from '../main-facts.js';
import type { RawFrame } from '../raw-frame.js';
import type { SuspendedFunctions } from '../v8/readings.js';
import type { Chain } from '../v8/suspended/chain.js';

/** The answers of the threads that run JavaScript: the sections are made of them. */

/** The stack of a thread, as V8 tells it. */
export interface StackAnswer {
  /** Innermost first. */
  readonly frames: readonly RawFrame[];
  /** Whether there were more calls than were captured. */
  readonly deeper: boolean;
  /** The kernel's id of the thread. */
  readonly osId?: number;
}

/**
 * The activity of a thread, beside its stack:
 * - `asleep`: it waits for events;
 * - `waiting`: it sleeps in the middle of its JavaScript, in Atomics.wait;
 * - `starved`: it is ready to run and had no CPU, so that it is not known whether it has work;
 * - `jobs`: it burns a CPU in many short jobs, seldom caught within a call.
 */
export type Activity = { readonly kind: 'asleep' | 'waiting' | 'starved' } | Jobs;

/** Short jobs that follow one another without a pause: promise jobs, `nextTick`, `setImmediate`, messages. */
export interface Jobs {
  readonly kind: 'jobs';
  /** How often the thread was looked at. */
  readonly looks: number;
  /** The functions of the program in which it was met, the most frequent first. */
  readonly met: readonly { readonly frame: RawFrame; readonly count: number }[];
}

export type MainAnswer =
  | {
      readonly kind: 'facts';
      readonly facts: MainFacts;
      /** False: it answered from its event loop. */
      readonly interrupted: boolean;
      /** How many of the outermost calls stayed while it was looked at again. */
      readonly steady?: number;
      readonly activity?: Activity;
    }
  | { readonly kind: 'stack'; readonly stack: StackAnswer; readonly why: string }
  | SilentAnswer;

/** The stack of a thread that is in native code, read from memory: see v8/reader.ts. */
export interface NativeStack extends StackAnswer {
  /** The native function that JavaScript has called, if that is known. */
  readonly callee?: string;
  /** Why calls further out are missing, if they are. */
  readonly missing?: string;
  /** The texts that its frames run. */
  readonly texts: RunningTexts;
}

/** The stack of a thread that has not answered, as it was read from memory, or the reason why it could not be read. */
export type NativeLook = (
  | { readonly stack: NativeStack }
  /** `isOff`: nothing can be read in this process. */
  | { readonly why: string; readonly isOff?: true }
) & {
  /** It collected garbage at each of several looks. */
  readonly isCollecting?: true;
};

/** The functions of a thread that are suspended at an `await`, as they were read from memory, or why they could not be read. */
export type SuspendedLook = { readonly suspended: SuspendedFrames } | { readonly why: string };

export interface SuspendedFrames extends Omit<SuspendedFunctions, 'kind' | 'places' | 'chains'> {
  readonly chains: readonly Chain<RawFrame>[];
  readonly places: readonly { readonly frame: RawFrame; readonly count: number }[];
}

export interface SilentAnswer {
  readonly kind: 'silent';
  readonly why: string;
  readonly look?: NativeLook;
  /** It has answered, and the answer cannot be read. */
  readonly isHeard?: boolean;
  /** `why` is a whole sentence: the process ends, and main cannot be asked. */
  readonly ending?: boolean;
}

export interface WorkerAnswer {
  /** Node's thread id. */
  readonly id: number;
  readonly name: string;
  /** The kernel's id of its thread, if it has ever told it. */
  readonly osId?: number;
  readonly stack?: StackAnswer;
  readonly why?: string;
  /** Of one that has not answered. */
  readonly look?: NativeLook;
  /** See `SilentAnswer`. */
  readonly isHeard?: boolean;
  /** It has ended since it was asked: no thread is its own. */
  readonly hasEnded?: boolean;
  readonly activity?: Activity;
}

/** Answers that came after their report had gone out; at least one did. */
export interface LateAnswer {
  readonly main?: Exclude<MainAnswer, SilentAnswer>;
  readonly workers: readonly WorkerAnswer[];
  /** The stacks that were read from memory while they were silent, by thread id. */
  readonly seen?: ReadonlyMap<number, readonly RawFrame[]>;
  /** Milliseconds since the epoch. */
  readonly answeredMs: number;
  /** How long after the report. */
  readonly lateMs: number;
}

/** Why main told nothing, as a clause with its subject. */
export function tellSilent({ why, ending }: SilentAnswer): string {
  return ending ? why : `the main thread ${why}`;
}
