/** A control group of version 2, by the kernel's admin-guide/cgroup-v2. */

import type { Cgroup, CgroupCpu, CgroupMemory } from './cgroup.js';
import { definedOnly, parseFields, parseNumber, tightest } from './fields.js';
import { readText } from './read.js';

/** @param directories the group's own first, then its parents' */
export function readVersion2(directories: readonly string[]): Omit<Cgroup, 'version' | 'path'> {
  const own = directories[0] ?? '';
  const limit = (file: string): number | undefined =>
    tightest(directories.map((directory) => parseNumber(readText(`${directory}/${file}`))));
  const events = parseCounters(readText(`${own}/memory.events`));
  return {
    memory: definedOnly<CgroupMemory>({
      limitBytes: limit('memory.max'),
      highBytes: limit('memory.high'),
      currentBytes: parseNumber(readText(`${own}/memory.current`)),
      // Since Linux 5.19.
      peakBytes: parseNumber(readText(`${own}/memory.peak`)),
      oomKills: events?.oom_kill,
      events,
    }),
    cpu: definedOnly<CgroupCpu>({
      limitCores: tightest(directories.map((directory) => parseCpuMax(readText(`${directory}/cpu.max`)))),
      ...parseThrottling(readText(`${own}/cpu.stat`)),
    }),
    pids: definedOnly<Cgroup['pids']>({
      limit: limit('pids.max'),
      current: parseNumber(readText(`${own}/pids.current`)),
    }),
  };
}

/** `quota period` in microseconds, or `max period`, in cores. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(' ');
  return quota === undefined || !/^\d+$/.test(quota) ? undefined : Number(quota) / Number(period ?? 100_000);
}

function parseThrottling(text: string | undefined): Pick<CgroupCpu, 'periods' | 'throttledPeriods' | 'throttledMs'> {
  const fields = parseFields(text ?? '');
  const throttledUs = parseNumber(fields.get('throttled_usec'));
  return definedOnly<CgroupCpu>({
    periods: parseNumber(fields.get('nr_periods')),
    throttledPeriods: parseNumber(fields.get('nr_throttled')),
    throttledMs: throttledUs === undefined ? undefined : throttledUs / 1000,
  });
}

function parseCounters(text: string | undefined): { [event: string]: number } | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries([...parseFields(text)].map(([event, count]) => [event, Number(count)]));
}
