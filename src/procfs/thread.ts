/** The threads of this process, as the kernel sees them: their state, what they wait in, the CPU time they used. */

import type { KernelView, OsThread } from '../report.js';
import { definedOnly, roundMs } from './fields.js';
import { listNumbers, readLink, readText } from './read.js';
import { parseStat } from './stat.js';
import { syscallName } from './syscalls.js';

/** Threads that `readOsThreads` lists at most. */
export const MAX_OS_THREADS = 512;

/** The kernel's id of the calling thread. The main thread's is the pid. Linux only. */
export function ownThreadId(root = '/proc'): number | undefined {
  const id = /^\d+\/task\/(\d+)$/.exec(readLink(`${root}/thread-self`) ?? '')?.[1];
  return id === undefined ? undefined : Number(id);
}

/** A sample that another reading of the same thread began. */
export interface SampleStart {
  readonly cpuMs: number;
  /** By `performance.now()`. */
  readonly atMs: number;
}

/**
 * Begins to watch a thread of this process. The function returned ends the sample: state, `wchan` and system call are
 * those of its end, the CPU time is what was used in between. Nothing when the thread, or /proc, is not there.
 *
 * Cost: three or four small reads at each end, about 0.1 ms.
 */
export function startThreadSample(
  tid: number,
  root = '/proc',
  begun: SampleStart | undefined = undefined,
): () => KernelView | undefined {
  const directory = `${root}/self/task/${tid}`;
  const startMs = begun?.atMs ?? performance.now();
  const startCpuMs = begun?.cpuMs ?? readCpuMs(directory);
  return () => {
    const end = readThread(directory);
    if (end === undefined || startCpuMs === undefined) return undefined;
    return definedOnly<KernelView>({
      state: end.state,
      wchan: parseWchan(readText(`${directory}/wchan`)),
      syscall: parseSyscall(readText(`${directory}/syscall`)),
      cpuMs: roundMs(Math.max(0, end.cpuMs - startCpuMs)),
      sampleMs: roundMs(performance.now() - startMs),
    });
  };
}

/** Every thread of this process, JavaScript's and others, in the kernel's order; `maxThreads` at most. */
export function readOsThreads(maxThreads = MAX_OS_THREADS, root = '/proc'): OsThread[] {
  const directory = `${root}/self/task`;
  const threads: OsThread[] = [];
  for (const id of listNumbers(directory) ?? []) {
    if (threads.length === maxThreads) break;
    const thread = readThread(`${directory}/${id}`);
    if (thread !== undefined) threads.push({ id, ...thread, cpuMs: roundMs(thread.cpuMs) });
  }
  return threads;
}

/** How many threads this process has. */
export function countOsThreads(root = '/proc'): number | undefined {
  return listNumbers(`${root}/self/task`)?.length;
}

/** proc_pid_wchan(5): the kernel function it waits in; `0` when it does not wait, or may not be asked. */
export function parseWchan(text: string | undefined): string | undefined {
  const name = text?.trim();
  return name === undefined || name === '' || name === '0' ? undefined : name;
}

/** proc_pid_syscall(5): `running`, `-1 …` when it waits outside any system call, or its number and arguments. */
export function parseSyscall(text: string | undefined, architecture?: string): string | undefined {
  const number = /^(\d+)\b/.exec(text ?? '')?.[1];
  return number === undefined ? undefined : syscallName(Number(number), architecture);
}

/** `running`, `sleeping`, …: of a thread of this process. */
export function readThreadState(tid: number, root = '/proc'): string | undefined {
  return parseStat(readText(`${root}/self/task/${tid}/stat`) ?? '')?.state;
}

function readThread(directory: string): { name: string; state: string; cpuMs: number } | undefined {
  const stat = parseStat(readText(`${directory}/stat`) ?? '');
  if (stat === undefined) return undefined;
  const { name, state, userCpuMs, systemCpuMs } = stat;
  return { name, state, cpuMs: readScheduledIn(directory) ?? userCpuMs + systemCpuMs };
}

function readCpuMs(directory: string): number | undefined {
  return readScheduledIn(directory) ?? readThread(directory)?.cpuMs;
}

/** Nanoseconds on a CPU, where the kernel was built to say so: finer than the 10 ms of stat. */
function readScheduledIn(directory: string): number | undefined {
  const nanoseconds = /^(\d+) /.exec(readText(`${directory}/schedstat`) ?? '')?.[1];
  // Without CONFIG_SCHED_INFO the file is there and says `0 0 0`.
  return nanoseconds === undefined || nanoseconds === '0' ? undefined : Number(nanoseconds) / 1e6;
}
