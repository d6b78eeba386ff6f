/** The limits that a container or a service manager set for this process, and how near they are: cgroups(7). */

import { groupDirectories, parseMemberships } from './cgroup-path.js';
import { definedOnly, parseFields, parseNumber, tightest } from './fields.js';
import { parseMounts } from './mounts.js';
import { readText } from './read.js';

/** 'No limit' is the largest multiple of the page size in 63 bits; no machine has a quarter of it. */
const UNLIMITED_BYTES = 2 ** 60;

/** A limit is the lowest one of the group and of its readable parents; usage is the group's own. */
export type Cgroup = {
  readonly version: 1 | 2;
  /** As /proc/self/cgroup has it; `/` inside a cgroup namespace. */
  readonly path: string;
  readonly memory: CgroupMemory;
  readonly cpu: CgroupCpu;
  readonly pids: { readonly limit?: number; readonly current?: number };
};

export type CgroupMemory = {
  /** Above it, and nothing left to reclaim, the kernel kills. */
  readonly limitBytes?: number;
  /** Above it the kernel slows the process down and reclaims (version 2). */
  readonly highBytes?: number;
  readonly currentBytes?: number;
  readonly peakBytes?: number;
  /** Processes of the group that the kernel killed for lack of memory. */
  readonly oomKills?: number;
  /** How often each thing happened: `high`, `max`, `oom`, `oom_kill` (version 2), `failcnt` (version 1). */
  readonly events?: { readonly [event: string]: number };
};

export type CgroupCpu = {
  /** CPU time a second of time, in cores: 0.5 is half of one. */
  readonly limitCores?: number;
  /** Enforcement periods that the group ran in. */
  readonly periods?: number;
  /** Those in which it used up its share and had to wait. */
  readonly throttledPeriods?: number;
  /** All that waiting, of all CPUs. */
  readonly throttledMs?: number;
};

/** Never throws; undefined on other systems than Linux, or if no control group has a file to read. Cost: some 20 small reads, 1 ms. */
export function readCgroup(root = '/proc', systemRoot = ''): Cgroup | undefined {
  const memberships = parseMemberships(readText(`${root}/self/cgroup`) ?? '');
  const mounts = parseMounts(readText(`${root}/self/mountinfo`, 1024 * 1024) ?? '');
  const directoriesOf = (controller?: string): string[] =>
    groupDirectories(memberships, mounts, controller)
      .map((directory) => systemRoot + directory)
      .filter(isGroup);
  // On a mixed system version 1 has the controllers, and version 2 only the processes.
  const version1 = memberships.find(({ controllers }) => controllers.includes('memory') || controllers.includes('cpu'));
  if (version1 !== undefined) {
    const facts = readVersion1(directoriesOf('memory'), directoriesOf('cpu'), directoriesOf('pids'));
    const own = memberships.find(({ controllers }) => controllers.includes('memory')) ?? version1;
    return { version: 1, path: own.path, ...facts };
  }
  const own = memberships.find(({ controllers }) => controllers.length === 0);
  const directories = directoriesOf();
  if (own === undefined || directories.length === 0) return undefined;
  return { version: 2, path: own.path, ...readVersion2(directories) };
}

/** A container may show less of the tree than the path names: the nearest parent then stands for the group. */
function isGroup(directory: string): boolean {
  return readText(`${directory}/cgroup.procs`, 1) !== undefined;
}

/**
 * Each controller has a hierarchy of its own: the kernel's admin-guide/cgroup-v1. Of each, the directory of its group comes
 * first, then its parents'.
 */
function readVersion1(
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
  return definedOnly<CgroupCpu>({
    limitCores: tightest(directories.map(readQuota)),
    ...readThrottling(own, 'throttled_time', 1e6),
  });
}

/** The quota is -1 if none is set. */
function readQuota(directory: string): number | undefined {
  const quotaUs = parseNumber(readText(`${directory}/cpu.cfs_quota_us`));
  const periodUs = parseNumber(readText(`${directory}/cpu.cfs_period_us`));
  return quotaUs === undefined || quotaUs < 0 || !periodUs ? undefined : quotaUs / periodUs;
}

/** The kernel's admin-guide/cgroup-v2. The group's own directory comes first, then its parents'. */
function readVersion2(directories: readonly string[]): Omit<Cgroup, 'version' | 'path'> {
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
      ...readThrottling(own, 'throttled_usec', 1000),
    }),
    pids: readPids(directories),
  };
}

/** `quota period` in microseconds, or `max period`, in cores. */
function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(' ');
  return quota === undefined || !/^\d+$/.test(quota) ? undefined : Number(quota) / Number(period ?? 100_000);
}

/** The same files in both versions. */
function readPids(directories: readonly string[]): Cgroup['pids'] {
  const own = directories[0];
  return definedOnly<Cgroup['pids']>({
    limit: tightest(directories.map((directory) => parseNumber(readText(`${directory}/pids.max`)))),
    current: own === undefined ? undefined : parseNumber(readText(`${own}/pids.current`)),
  });
}

/** @param waited the field for the time that was waited, `perMs` units of which are a millisecond */
function readThrottling(own: string, waited: string, perMs: number): Omit<CgroupCpu, 'limitCores'> {
  const fields = parseFields(readText(`${own}/cpu.stat`) ?? '');
  const units = parseNumber(fields.get(waited));
  return definedOnly<CgroupCpu>({
    periods: parseNumber(fields.get('nr_periods')),
    throttledPeriods: parseNumber(fields.get('nr_throttled')),
    throttledMs: units === undefined ? undefined : units / perMs,
  });
}

function parseCounters(text: string | undefined): { [event: string]: number } | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries([...parseFields(text)].map(([event, count]) => [event, Number(count)]));
}
