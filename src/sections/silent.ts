import type { FrameReader } from '../frames/frames.js';
import type { RunningTexts } from '../frames/running-texts.js';
import type { KernelView, Thread } from '../report.js';
import type { NativeLook, NativeStack } from './sources.js';

/** The description of a thread that did not answer. */
export interface SilentReading {
  readonly frames: FrameReader;
  /** The texts that run in frames that a thread has told, by the kernel's id of it. */
  readonly openTexts?: (osId: number) => RunningTexts;
  readonly kernelOf: (osId: number) => KernelView | undefined;
  /** The child process that a thread waits for, if it has started one that still runs. */
  readonly childOf?: (osId: number) => Thread['child'];
}

/** Why a thread is silent, and what could be read of it from memory. */
export interface Silence {
  readonly why: string;
  readonly look?: NativeLook;
}

/**
 * A thread that did not answer, as its memory and the kernel show it. Whatever runs JavaScript answers: one that the kernel
 * shows alive is in native code, or it has no CPU.
 */
export function describeSilent(thread: Omit<Thread, 'state'>, { why, look }: Silence, reading: SilentReading): Thread {
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
  return thread.osId === undefined ? silent : addKernel(silent, thread.osId, reading);
}

function tellMissing({ frames, deeper, missing }: NativeStack): string {
  if (missing !== undefined) return `, and calls further out are missing (${missing})`;
  return deeper ? `: only the innermost ${frames.length} calls are shown` : '';
}

/** The same with the kernel's view of its thread. */
export function addKernel(thread: Thread, osId: number, reading: SilentReading): Thread {
  const kernel = reading.kernelOf(osId);
  if (!kernel) return { ...thread, osId };
  const known: Thread = { ...thread, osId, kernel };
  const slept = kernel.sleptMs === undefined || known.forMs !== undefined ? {} : { forMs: kernel.sleptMs };
  if (kernel.state === 'running' && isStarved(kernel)) return { ...known, state: 'waiting for a CPU' };
  if (!['running', 'sleeping', 'disk sleep', 'idle'].includes(kernel.state)) return known;
  // Its own event loop would have answered: this is the one that `spawnSync` runs.
  const child = /^epoll_/.test(kernel.syscall ?? '') ? reading.childOf?.(osId) : undefined;
  if (child) return { ...known, ...slept, state: 'waits for its child', child };
  return { ...known, ...slept, state: 'in native code' };
}

/** Ready to run, and for most of the sample without a CPU. */
function isStarved({ cpuMs, waitedMs = 0 }: KernelView): boolean {
  return waitedMs > 10 * cpuMs && cpuMs < 25;
}
