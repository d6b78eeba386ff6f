import type { FrameReader } from '../frames/frames.js';
import type { RunningTexts } from '../frames/running-texts.js';
import type { StartedChild } from '../procfs/child.js';
import type { KernelView, Thread } from '../report.js';
import type { NativeLook, NativeStack } from './sources.js';

/** The sources of the description of a thread that did not answer. */
export interface SilentReading {
  readonly frames: FrameReader;
  /** The source texts that the frames of a thread run, by the kernel's id of the thread. */
  readonly openTexts?: (osId: number) => RunningTexts;
  readonly kernelOf: (osId: number) => KernelView | undefined;
  /** The child process that a thread waits for, if it has started one that still runs. */
  readonly childOf?: (osId: number) => StartedChild | undefined;
}

/** The reason why a thread is silent, and the look at its memory, if there was one. */
export interface Silence {
  readonly why: string;
  readonly look?: NativeLook;
  /** It has answered, and the answer cannot be read. */
  readonly isHeard?: boolean;
}

/**
 * A thread that did not answer, as its memory and the kernel show it. A thread that runs JavaScript answers. So a silent one
 * that the kernel shows alive is in native code, collects garbage or has no CPU, unless it has given an answer that cannot be read.
 */
export function describeSilent(thread: Omit<Thread, 'state'>, silence: Silence, reading: SilentReading): Thread {
  const { why, look, isHeard } = silence;
  const stack = look && 'stack' in look ? look.stack : undefined;
  const silent: Thread = stack
    ? {
        ...thread,
        state: 'in native code',
        ...(stack.callee === undefined ? {} : { callee: stack.callee }),
        frames: reading.frames.read(stack.frames, stack.texts),
        note: `${why}; its stack was read from memory${tellMissing(stack)}`,
      }
    : {
        ...thread,
        state: 'did not answer',
        note: look && 'why' in look && !look.isOff ? `${why}; no stack from memory: ${look.why}` : why,
      };
  const known = thread.osId === undefined ? silent : addKernel(silent, thread.osId, reading, isHeard);
  return look?.isCollecting && known.state === 'in native code' ? tellCollecting(known) : known;
}

/** Without a duration: the thread may have run JavaScript before. */
function tellCollecting({ forMs: _, ...thread }: Thread): Thread {
  return { ...thread, state: 'collecting garbage' };
}

function tellMissing({ frames, deeper, missing }: NativeStack): string {
  if (missing !== undefined) return `, and calls further out are missing (${missing})`;
  return deeper ? `: only the innermost ${frames.length} calls are shown` : '';
}

/** The same with the kernel's view of its thread. */
export function addKernel(thread: Thread, osId: number, reading: SilentReading, isHeard = false): Thread {
  const kernel = reading.kernelOf(osId);
  if (!kernel) return { ...thread, osId };
  const known: Thread = { ...thread, osId, kernel };
  const slept = kernel.sleptMs === undefined || known.forMs !== undefined ? {} : { forMs: kernel.sleptMs };
  if (kernel.state === 'running' && isStarved(kernel)) return { ...known, state: 'waiting for a CPU' };
  if (isHeard || !['running', 'sleeping', 'disk sleep', 'idle'].includes(kernel.state)) return known;
  // Its own event loop would have answered: this is the one that `spawnSync` runs.
  const child = /^epoll_/.test(kernel.syscall ?? '') ? reading.childOf?.(osId) : undefined;
  if (child) {
    const { ageMs, ...shown } = child;
    // The thread has waited since it started the child; it may have been awake meanwhile, to read the output.
    const since = known.forMs !== undefined || ageMs === undefined ? slept : { forMs: ageMs };
    return { ...known, ...since, state: 'waits for its child', child: shown };
  }
  return { ...known, ...slept, state: 'in native code' };
}

/** Ready to run, and for most of the sample without a CPU. */
function isStarved({ cpuMs, waitedMs = 0 }: KernelView): boolean {
  return waitedMs > 10 * cpuMs && cpuMs < 25;
}
