/** A control group of version 1, each controller with a hierarchy of its own, by the kernel's admin-guide/cgroup-v1. */

import type { Cgroup, CgroupCpu, CgroupMemory } from './cgroup.js';
import { definedOnly, parseFields, parseNumber, tightest } from './fields.js';
import { readText } from './read.js';

/** 'No limit' is the largest multiple of the page size in 63 bits; no machine has a quarter of it. */
const UNLIMITED_BYTES = 2 ** 60;

/** Of each controller, the directory of its group first, then its parents'. */
export function readVersion1(
  memory: readonly string[],
  cpu: readonly string[],
  pids: readonly string[],
): Omit<Cgroup, 'version' | 'path'> {
  return { memory: readMemory(memory), cpu: readCpu(cpu), pids: readPids(pids) };
}

function readMemory(directories: readonly string[]): CgroupMemory {
  const own = directories[0];
  if (own === undefined) return {};
  const limits = [
    ...directories.map((directory) => parseNumber(readText(`${directory}/memory.limit_in_bytes`))),
    // The tightest of all parents, those that cannot be seen from a container included.
    parseNumber(parseFields(readText(`${own}/memory.stat`) ?? '').get('hierarchical_memory_limit')),
  ];
  const failures = parseNumber(readText(`${own}/memory.failcnt`));
  return definedOnly<CgroupMemory>({
    limitBytes: tightest(limits.filter((limit) => limit !== undefined && limit < UNLIMITED_BYTES)),
    currentBytes: parseNumber(readText(`${own}/memory.usage_in_bytes`)),
    peakBytes: parseNumber(readText(`${own}/memory.max_usage_in_bytes`)),
    // Since Linux 4.13.
    oomKills: parseNumber(parseFields(readText(`${own}/memory.oom_control`) ?? '').get('oom_kill')),
    events: failures === undefined ? undefined : { failcnt: failures },
  });
}

function readCpu(directories: readonly string[]): CgroupCpu {
  const own = directories[0];
  if (own === undefined) return {};
  const fields = parseFields(readText(`${own}/cpu.stat`) ?? '');
  const throttledNs = parseNumber(fields.get('throttled_time'));
  return definedOnly<CgroupCpu>({
    limitCores: tightest(directories.map(readQuota)),
    periods: parseNumber(fields.get('nr_periods')),
    throttledPeriods: parseNumber(fields.get('nr_throttled')),
    throttledMs: throttledNs === undefined ? undefined : throttledNs / 1e6,
  });
}

/** The quota is -1 where there is none. */
function readQuota(directory: string): number | undefined {
  const quotaUs = parseNumber(readText(`${directory}/cpu.cfs_quota_us`));
  const periodUs = parseNumber(readText(`${directory}/cpu.cfs_period_us`));
  return quotaUs === undefined || quotaUs < 0 || !periodUs ? undefined : quotaUs / periodUs;
}

function readPids(directories: readonly string[]): Cgroup['pids'] {
  return definedOnly<Cgroup['pids']>({
    limit: tightest(directories.map((directory) => parseNumber(readText(`${directory}/pids.max`)))),
    current: directories[0] === undefined ? undefined : parseNumber(readText(`${directories[0]}/pids.current`)),
  });
}
