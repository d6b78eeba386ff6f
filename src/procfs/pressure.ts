/** How short the machine is of CPU, memory and I/O: pressure stall information and the load average. */

import { readText } from './read.js';

/** The share of time, in per cent, in which tasks had to wait for a resource; see the kernel's accounting/psi. */
export type Stall = {
  /** Of the last ten seconds. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  /** Since the boot. */
  readonly totalMs: number;
};

export type ResourcePressure = {
  /** At least one task waited. */
  readonly some?: Stall;
  /** All tasks that were not idle waited. */
  readonly full?: Stall;
};

export type Pressure = {
  readonly cpu?: ResourcePressure;
  readonly memory?: ResourcePressure;
  readonly io?: ResourcePressure;
  /** Tasks that run or want to, and those in disk sleep: averages of 1, 5 and 15 minutes; proc_loadavg(5). */
  readonly load?: readonly [number, number, number];
  /** All tasks of the machine; in some containers, of the container. */
  readonly tasks?: { readonly runnable: number; readonly total: number };
};

/** Of the whole machine, even in a container. A part is absent if the kernel does not keep it. */
export function readPressure(root = '/proc'): Pressure {
  const cpu = parsePressure(readText(`${root}/pressure/cpu`));
  const memory = parsePressure(readText(`${root}/pressure/memory`));
  const io = parsePressure(readText(`${root}/pressure/io`));
  return {
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(io && { io }),
    ...parseLoad(readText(`${root}/loadavg`)),
  };
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and `full` likewise; the total in microseconds. */
export function parsePressure(text: string | undefined): ResourcePressure | undefined {
  const some = parseStall(text, 'some');
  const full = parseStall(text, 'full');
  return some || full ? { ...(some && { some }), ...(full && { full }) } : undefined;
}

/** `0.20 0.18 0.12 1/80 11206`: the averages, runnable and all tasks, the last pid. */
export function parseLoad(text: string | undefined): Pick<Pressure, 'load' | 'tasks'> {
  const match = /^([\d.]+) ([\d.]+) ([\d.]+)(?: (\d+)\/(\d+))?/.exec(text ?? '');
  if (!match) return {};
  const [one = 0, five = 0, fifteen = 0, runnable, total] = match.slice(1).map(Number);
  return {
    load: [one, five, fifteen],
    ...(match[4] === undefined ? {} : { tasks: { runnable: runnable ?? 0, total: total ?? 0 } }),
  };
}

function parseStall(text: string | undefined, name: 'some' | 'full'): Stall | undefined {
  const pattern = new RegExp(`^${name} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+) total=(\\d+)`, 'm');
  const match = pattern.exec(text ?? '');
  if (!match) return undefined;
  const [avg10 = 0, avg60 = 0, avg300 = 0, totalUs = 0] = match.slice(1).map(Number);
  return { avg10, avg60, avg300, totalMs: totalUs / 1000 };
}
