import { readClockMs } from '../clock.js';
import { readOwnClock } from '../thread-clock.js';

/** Tells the CPU time, in milliseconds, that the calling thread has used since some moment. Never too much. */
export type CpuClock = () => number;

/**
 * The calling thread's own clock. Before 22.19, Node has only the clock of the process, which includes the agent. The kernel's
 * clock of the thread is read then; without /proc, the process's clock is used.
 */
export function createCpuClock(): CpuClock {
  // Read before the program runs, which may replace them.
  const { cpuUsage, threadCpuUsage } = process as typeof process & { threadCpuUsage?: () => NodeJS.CpuUsage };
  const usage = (threadCpuUsage ?? cpuUsage).bind(process);
  const ofNode = () => {
    const { user, system } = usage();
    return (user + system) / 1000;
  };
  if (threadCpuUsage) return ofNode;
  let read: CpuClock | undefined;
  return () => {
    read ??= readOwnClock() === undefined ? ofNode : createTurnClock();
    return read();
  };
}

/** The kernel updates its count once a tick. In between, a thread that was not taken off its CPU has run all the time. */
function createTurnClock(): CpuClock {
  let last = { cpuMs: 0, turns: -1, atMs: 0 };
  return () => {
    const atMs = readClockMs();
    const now = readOwnClock() ?? last;
    const sinceMs = now.turns === last.turns ? atMs - last.atMs : 0;
    last = { turns: now.turns, atMs, cpuMs: Math.max(now.cpuMs, last.cpuMs + sinceMs) };
    return last.cpuMs;
  };
}
