/** The threads of this process, as the kernel sees them: state, system call, CPU time. */

import type { KernelView, OsThread } from '../report.js';
import { readThreadClock, type ThreadClock } from '../thread-clock.js';
import { definedOnly, roundMs } from './fields.js';
import { listNumbers, readLink, readText } from './read.js';
import { readSlept } from './scheduler-clock.js';
import { readStat } from './stat.js';
import { syscallName } from './syscalls.js';

/** Threads that `readOsThreads` lists at most. */
const MAX_OS_THREADS = 512;

/** The kernel's id of the calling thread. The main thread's is the pid. Linux only. */
export function ownThreadId(root = '/proc'): number | undefined {
  const id = /^\d+\/task\/(\d+)$/.exec(readLink(`${root}/thread-self`) ?? '')?.[1];
  return id === undefined ? undefined : Number(id);
}

/** A sample that another reading of the same thread began. */
export interface SampleStart {
  readonly cpuMs: number;
  readonly clock?: ThreadClock | undefined;
  /** By `performance.now()`. */
  readonly atMs: number;
}

/**
 * Begins to watch a thread of this process. The function returned ends the sample: state, `wchan` and system call are
 * those of its end, the CPU time is the time that was used in between. It returns undefined if the thread or /proc is
 * missing.
 *
 * Cost: three or four small reads at each end, about 0.1 ms.
 */
export function startThreadSample(
  tid: number,
  root = '/proc',
  begun: SampleStart | undefined = undefined,
): () => KernelView | undefined {
  const startMs = begun?.atMs ?? performance.now();
  const startClock = begun ? begun.clock : readThreadClock(tid, root);
  const startCpuMs = begun?.cpuMs ?? startClock?.cpuMs ?? readThread(tid, root)?.cpuMs;
  return () => {
    const end = readThread(tid, root);
    if (end === undefined || startCpuMs === undefined) return undefined;
    const clock = startClock && readThreadClock(tid, root);
    return definedOnly<KernelView>({
      state: end.state,
      ...readWait(tid, root),
      cpuMs: roundMs(Math.max(0, end.cpuMs - startCpuMs)),
      waitedMs: startClock && clock && roundMs(Math.max(0, clock.waitedMs - startClock.waitedMs)),
      sleptMs: end.state === 'sleeping' || end.state === 'disk sleep' ? readSlept(tid, root) : undefined,
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
    const thread = readThread(id, root);
    if (thread !== undefined) threads.push({ id, ...thread, cpuMs: roundMs(thread.cpuMs) });
  }
  return threads;
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
  return readStat(`${root}/self/task/${tid}`)?.state;
}

/** Whether a thread of this process that sleeps waits for its event loop. */
export function waitsForEvents(tid: number, root = '/proc'): boolean {
  return mayBeIn(/^epoll_/, tid, root);
}

/** Whether a thread of this process that sleeps waits for a lock, a condition, or in Atomics.wait. */
export function waitsForFutex(tid: number, root = '/proc'): boolean {
  return mayBeIn(/^futex/, tid, root);
}

function mayBeIn(calls: RegExp, tid: number, root: string): boolean {
  const text = readText(`${root}/self/task/${tid}/syscall`);
  // The thread may have been woken since its state was read. Some machines do not let the system call be read.
  return text === undefined || calls.test(parseSyscall(text) ?? '');
}

/** The processes that a thread of this process has started and that have not been waited for, the newest last. */
export function listChildrenOfThread(tid: number, root = '/proc'): number[] {
  return (readText(`${root}/self/task/${tid}/children`)?.match(/\d+/g) ?? []).map(Number);
}

function readThread(tid: number, root: string): { name: string; state: string; cpuMs: number } | undefined {
  const stat = readStat(`${root}/self/task/${tid}`);
  if (stat === undefined) return undefined;
  const { name, state, userCpuMs, systemCpuMs } = stat;
  return { name, state, cpuMs: readThreadClock(tid, root)?.cpuMs ?? userCpuMs + systemCpuMs };
}

/** The kernel function and the system call that a thread of this process waits in. */
export function readWait(tid: number, root = '/proc'): Pick<OsThread, 'wchan' | 'syscall'> {
  const directory = `${root}/self/task/${tid}`;
  return definedOnly<Pick<OsThread, 'wchan' | 'syscall'>>({
    wchan: parseWchan(readText(`${directory}/wchan`)),
    syscall: parseSyscall(readText(`${directory}/syscall`)),
  });
}
