import type { Frame } from './frame.js';
import type { ActiveSpan } from './in-flight.js';
import type { Late } from './late.js';

/** The state of a thread, `gmr.main.state` on the wire. `waiting for a CPU`: it was ready to run, and had no CPU. */
export type ThreadState =
  | 'idle'
  | 'running JavaScript'
  | 'waiting in Atomics.wait'
  | 'paused by a debugger'
  | 'in native code'
  | 'collecting garbage'
  | 'waits for its child'
  | 'waiting for a CPU'
  | 'did not answer';

/** The kernel's view of one thread, sampled twice. */
export type KernelView = {
  /** `running`, `sleeping`, `disk sleep`, `stopped`, `zombie`, … */
  readonly state: string;
  /** The kernel function it waits in. */
  readonly wchan?: string;
  /** The system call it is in, by name. */
  readonly syscall?: string;
  /** CPU time used during the sample. */
  readonly cpuMs: number;
  /** Time during the sample in which it was ready to run and had no CPU; absent if the kernel does not count it. */
  readonly waitedMs?: number;
  /** For how long it has slept; absent if the kernel does not say. */
  readonly sleptMs?: number;
  readonly sampleMs: number;
};

export type Thread = {
  /** Node's thread id: 0 is main. */
  readonly id: number;
  /** The kernel's thread id, if it is known. */
  readonly osId?: number;
  readonly name: string;
  readonly state: ThreadState;
  /** How long it had been in that state; absent for a moment, and if it is not known. */
  readonly forMs?: number;
  /** The process that it waits for. */
  readonly child?: { readonly pid: number; readonly command: string };
  /** The native function that its JavaScript has called, if it is known. */
  readonly callee?: string;
  /** The span that its code runs in. */
  readonly span?: ActiveSpan;
  /** Innermost first. */
  readonly frames: readonly Frame[];
  /** The reason why there are no frames, or the origin of the frames if it is not obvious. */
  readonly note?: string;
  readonly kernel?: KernelView;
};

/** A thread of the process that runs no JavaScript: libuv's pool, V8's helpers. */
export type OsThread = {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  /** CPU time used since it started. */
  readonly cpuMs: number;
  /** The kernel function and the system call that a thread of libuv's pool waits in. */
  readonly wchan?: string;
  readonly syscall?: string;
};

export type ThreadsData = {
  readonly threads: readonly Thread[];
  readonly osThreads: readonly OsThread[];
  /** How many threads of libuv's pool are busy and in which system calls, as a sentence; absent if all are idle. */
  readonly pool?: string;
  /** In a supplement: the report that it belongs to, and the time of the answers. */
  readonly late?: Late;
};
