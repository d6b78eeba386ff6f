import { performance } from 'node:perf_hooks';
import { readOwnClock } from '../thread-clock.js';

/** Tells the CPU time, in milliseconds, that the calling thread has used since some moment. Never too much. */
export type CpuClock = () => number;

/**
 * The calling thread's own clock. Before Node 22.19 Node tells the process's alone, which the agent is a part of: the kernel
 * is asked, and without it the process's clock stands in.
 */
export function createCpuClock(): CpuClock {
  // Read before the program runs, which may replace them.
  const { cpuUsage, threadCpuUsage } = process as typeof process & { threadCpuUsage?: () => NodeJS.CpuUsage };
  const usage = (threadCpuUsage ?? cpuUsage).bind(process);
  const ofNode = () => {
    const { user, system } = usage();
    return (user + system) / 1000;
  };
  return threadCpuUsage || readOwnClock() === undefined ? ofNode : createTurnClock();
}

/** The kernel brings its count up to date once a tick; in between, a thread that was not taken off its CPU has run all the time. */
function createTurnClock(): CpuClock {
  let last = { cpuMs: 0, turns: -1, atMs: 0 };
  return () => {
    const atMs = performance.now();
    const now = readOwnClock() ?? last;
    const sinceMs = now.turns === last.turns ? atMs - last.atMs : 0;
    last = { turns: now.turns, atMs, cpuMs: Math.max(now.cpuMs, last.cpuMs + sinceMs) };
    return last.cpuMs;
  };
}
