import { readText } from './read.js';
import { readStat, TICK_MS } from './stat.js';

/**
 * The scheduler's clock (proc_pid_sched(5), `se.exec_start`) is one for each CPU. It stands still while the CPU is not the
 * machine's own, and in some kernels (CONFIG_IRQ_TIME_ACCOUNTING) while the CPU handles interrupts.
 */

/** Milliseconds of error that are always accepted. */
const AGREEMENT_MS = 100;
/**
 * Stolen time is counted in whole ticks, and not while a CPU has nothing to do. The lost time adds up: after 7 hours it was
 * 2 % of the difference of two CPUs, after 10 hours of another day 10 %.
 */
const ERROR_SHARE = 0.25;
/** The duration is reported if its error is at most this share of it. */
const TOLD_SHARE = 0.4;

/** Milliseconds since a thread that sleeps was last on a CPU; undefined if the kernel does not tell enough. */
export function readSlept(tid: number, root = '/proc'): number | undefined {
  const own = readMoment(`${root}/thread-self`);
  const its = readMoment(`${root}/self/task/${tid}`);
  if (!own || !its) return undefined;
  const passedMs = own.execStartMs - its.execStartMs;
  const lags = own.cpu === its.cpu ? [0] : readLags(readText(`${root}/stat`) ?? '', own.cpu, its.cpu);
  if (lags.length === 0) return undefined;
  const slept = lags.map((lagMs) => passedMs + lagMs);
  const [least, most] = [Math.min(...slept), Math.max(...slept)];
  const errorMs = most - least + ERROR_SHARE * Math.max(...lags.map(Math.abs));
  return least < 0 || errorMs > Math.max(AGREEMENT_MS, least * TOLD_SHARE) ? undefined : Math.round(least);
}

interface Moment {
  /** When it was last counted, by the clock of its CPU. */
  readonly execStartMs: number;
  readonly cpu: number;
}

function readMoment(directory: string): Moment | undefined {
  const text = /^se\.exec_start\s*:\s*([\d.]+)$/m.exec(readText(`${directory}/sched`) ?? '')?.[1];
  const stat = readStat(directory);
  // 0 while it moves to another CPU.
  const execStartMs = Number(text ?? 0);
  return execStartMs > 0 && stat ? { execStartMs, cpu: stat.cpu } : undefined;
}

/**
 * The lag of the clock of `cpu` behind that of `other`. A kernel that counts interrupts exactly has counted some: if there are
 * none, the lag is the stolen time alone. Otherwise the clock may or may not stand still during interrupts: both results are
 * returned.
 */
function readLags(stat: string, cpu: number, other: number): readonly number[] {
  const [own, its] = [readLost(stat, cpu), readLost(stat, other)];
  if (!own || !its) return [];
  const stolenMs = own.stolenMs - its.stolenMs;
  if (own.irqMs + its.irqMs === 0) return [stolenMs];
  return [stolenMs, stolenMs + own.irqMs + own.softirqMs - its.irqMs - its.softirqMs];
}

/** A CPU's line of proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal. */
function readLost(stat: string, cpu: number) {
  const line = new RegExp(`^cpu${cpu} (.*)$`, 'm').exec(stat)?.[1];
  if (line === undefined) return undefined;
  const [irq = 0, softirq = 0, steal = 0] = line.split(' ').slice(5).map(Number);
  return { irqMs: irq * TICK_MS, softirqMs: softirq * TICK_MS, stolenMs: steal * TICK_MS };
}
