/** The kernel's counts of this process: memory, threads, faults, switches, CPU time and age. */

import { definedOnly, parseFields, parseKilobytes, parseNumber, roundMs } from './fields.js';
import { readText } from './read.js';
import { readStat } from './stat.js';

export interface ProcessStatus {
  readonly rssBytes?: number;
  /** The most it ever was. */
  readonly peakRssBytes?: number;
  readonly swapBytes?: number;
  readonly virtualBytes?: number;
  readonly threads?: number;
  /** How often the main thread gave up its CPU to wait. Other threads are not counted, here and in the next field. */
  readonly voluntarySwitches?: number;
  /** How often the main thread was taken off its CPU: it had more to do. */
  readonly involuntarySwitches?: number;
  /** Page faults that had to read from a disk. */
  readonly majorFaults?: number;
  /** Of all threads, since the start. */
  readonly userCpuMs?: number;
  readonly systemCpuMs?: number;
  readonly uptimeMs?: number;
  /** Milliseconds since the epoch, UTC, by the clock as it is now. */
  readonly startTimeMs?: number;
  /** How readily the kernel kills it when memory runs out: 0 to 1000, and up to 2000 with its adjustment. */
  readonly oomScore?: number;
  /** The adjustment by an administrator or an orchestrator: -1000 (never) to 1000. */
  readonly oomScoreAdjustment?: number;
}

/** proc_pid_status(5) and proc_pid_stat(5) of this process. Never throws; undefined on other systems than Linux. Cost: 0.2 ms. */
export function readProcessStatus(root = '/proc'): ProcessStatus | undefined {
  const status = readText(`${root}/self/status`);
  if (status === undefined) return undefined;
  const stat = readStat(`${root}/self`);
  const uptimeMs = parseUptimeMs(readText(`${root}/uptime`), stat?.startedAfterBootMs);
  return definedOnly<ProcessStatus>({
    ...parseStatus(status),
    majorFaults: stat?.majorFaults,
    userCpuMs: stat?.userCpuMs,
    systemCpuMs: stat?.systemCpuMs,
    uptimeMs,
    startTimeMs: uptimeMs === undefined ? undefined : Math.round(Date.now() - uptimeMs),
    oomScore: parseNumber(readText(`${root}/self/oom_score`)),
    oomScoreAdjustment: parseNumber(readText(`${root}/self/oom_score_adj`)),
  });
}

/** The fields of proc_pid_status(5) that a report wants. */
export function parseStatus(text: string): ProcessStatus {
  const fields = parseFields(text);
  return definedOnly<ProcessStatus>({
    rssBytes: parseKilobytes(fields.get('VmRSS')),
    peakRssBytes: parseKilobytes(fields.get('VmHWM')),
    swapBytes: parseKilobytes(fields.get('VmSwap')),
    virtualBytes: parseKilobytes(fields.get('VmSize')),
    threads: parseNumber(fields.get('Threads')),
    voluntarySwitches: parseNumber(fields.get('voluntary_ctxt_switches')),
    involuntarySwitches: parseNumber(fields.get('nonvoluntary_ctxt_switches')),
  });
}

/** /proc/uptime, seconds since the boot, less the process's start. Containers may fake the one and not the other. */
export function parseUptimeMs(uptime: string | undefined, startedAfterBootMs: number | undefined): number | undefined {
  const seconds = /^\d+(\.\d+)?/.exec(uptime ?? '')?.[0];
  if (seconds === undefined || startedAfterBootMs === undefined) return undefined;
  const uptimeMs = roundMs(Number(seconds) * 1000 - startedAfterBootMs);
  return uptimeMs < 0 ? undefined : uptimeMs;
}
