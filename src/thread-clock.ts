import { readFileSync } from 'node:fs';

/** The time that a thread ran, and the time that it was ready to run and had no CPU. */
export interface ThreadClock {
  readonly cpuMs: number;
  readonly waitedMs: number;
  /** How often it was given a CPU. */
  readonly turns: number;
}

/** Of a thread of this process; undefined if the kernel does not count it (CONFIG_SCHED_INFO). */
export function readThreadClock(tid: number, root = '/proc'): ThreadClock | undefined {
  return parseClock(readText(`${root}/self/task/${tid}/schedstat`));
}

/** The same of the calling thread. */
export function readOwnClock(): ThreadClock | undefined {
  return parseClock(readText('/proc/thread-self/schedstat'));
}

/** The fields of a schedstat, in nanoseconds; without CONFIG_SCHED_INFO the file is there and says `0 0 0`. */
function parseClock(text: string): ThreadClock | undefined {
  const [, cpu, waited, turns] = /^(\d+) (\d+) (\d+)/.exec(text) ?? [];
  if (cpu === undefined || cpu === '0') return undefined;
  return { cpuMs: Number(cpu) / 1e6, waitedMs: Number(waited) / 1e6, turns: Number(turns) };
}

/** The letter of a thread's state, proc_pid_stat(5): `R` if it runs or waits for a CPU; empty if there is no such thread. */
export function readStateLetter(tid: number): string {
  const stat = readText(`/proc/self/task/${tid}/stat`);
  return stat.charAt(stat.lastIndexOf(')') + 2);
}

/** Whether a thread of this process runs, or waits for a CPU. */
export function isRunnable(tid: number): boolean {
  return readStateLetter(tid) === 'R';
}

/** How many times as long a deadline is, at most, for a thread that the machine gives no CPU. */
export const PATIENCE = 10;

/** A thread's share of the CPU since the watch began. All is 0 if the kernel does not count it, or if `tid` is undefined. */
export class CpuWatch {
  readonly #tid: number | undefined;
  readonly #start: ThreadClock | undefined;

  constructor(tid: number | undefined) {
    this.#tid = tid;
    this.#start = this.#read();
  }

  /** Whether the kernel counts it. */
  isCounted(): boolean {
    return this.#start !== undefined;
  }

  since(): Omit<ThreadClock, 'turns'> {
    const now = this.#start && this.#read();
    if (!this.#start || !now) return { cpuMs: 0, waitedMs: 0 };
    return { cpuMs: now.cpuMs - this.#start.cpuMs, waitedMs: now.waitedMs - this.#start.waitedMs };
  }

  /** Whether it has waited for a CPU longer than it had one. */
  isStarved(): boolean {
    const { cpuMs, waitedMs } = this.since();
    return waitedMs > cpuMs + 1;
  }

  /** Milliseconds that a deadline of `ms` is longer by, as it had no CPU for so long. */
  extra(ms: number): number {
    return Math.min(this.since().waitedMs, (PATIENCE - 1) * ms);
  }

  /** How many times as long as its CPU time everything takes. */
  stretch(): number {
    const { cpuMs, waitedMs } = this.since();
    return Math.min(PATIENCE, 1 + waitedMs / Math.max(cpuMs, 1));
  }

  #read(): ThreadClock | undefined {
    return this.#tid === undefined ? undefined : readThreadClock(this.#tid);
  }
}

/** Empty if it cannot be read. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
