/** /proc/<pid>/stat and /proc/<pid>/task/<tid>/stat, see proc_pid_stat(5). */

import { readText } from './read.js';

/** Clock ticks of the counters in /proc are 10 ms (USER_HZ) on every architecture that Node runs on. */
export const TICK_MS = 10;

export interface Stat {
  readonly id: number;
  /** The thread's name, 15 bytes at most; any byte but NUL may be in it. */
  readonly name: string;
  /** `running`, `sleeping`, … */
  readonly state: string;
  readonly parentPid: number;
  readonly majorFaults: number;
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
  /** Since the machine's boot. */
  readonly startedAfterBootMs: number;
  /** The CPU that it ran on last. */
  readonly cpu: number;
}

/** The stat line in the directory of a process or a thread; undefined if it has gone, or if the line may not be read. */
export function readStat(directory: string): Stat | undefined {
  return parseStat(readText(`${directory}/stat`) ?? '');
}

/** The fields of a stat line; undefined for another text. */
export function parseStat(text: string): Stat | undefined {
  // The name stands in parentheses and may itself hold parentheses, spaces and newlines: the last `)` ends it.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 1 || close < open) return undefined;
  const fields = text.slice(close + 2).split(' ');
  const numberAt = (index: number): number => Number(fields[index] ?? Number.NaN);
  const stat = {
    id: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    state: stateWord(fields[0] ?? ''),
    parentPid: numberAt(1),
    majorFaults: numberAt(9),
    userCpuMs: numberAt(11) * TICK_MS,
    systemCpuMs: numberAt(12) * TICK_MS,
    startedAfterBootMs: numberAt(19) * TICK_MS,
    cpu: numberAt(36),
  };
  return Number.isNaN(stat.id + stat.parentPid + stat.userCpuMs) ? undefined : stat;
}

/** The state's letter as a word, the kernel's own if that is plain. */
export function stateWord(letter: string): string {
  return STATES[letter] ?? (letter === '' ? 'unknown' : `state ${letter}`);
}

const STATES: { readonly [letter: string]: string } = {
  R: 'running',
  S: 'sleeping',
  D: 'disk sleep',
  T: 'stopped',
  t: 'traced',
  Z: 'zombie',
  X: 'dead',
  x: 'dead',
  I: 'idle',
  P: 'parked',
  // These three were in the kernel until 4.13.
  K: 'wakekill',
  W: 'waking',
  N: 'new',
};
