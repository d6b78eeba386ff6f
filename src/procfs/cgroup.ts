/** The limits that a container or a service manager set for this process, and how near they are: cgroups(7). */

import { groupDirectories, parseMemberships } from './cgroup-path.js';
import { readVersion1 } from './cgroup-v1.js';
import { readVersion2 } from './cgroup-v2.js';
import { parseMounts } from './mounts.js';
import { readText } from './read.js';

/** A limit is the tightest of the group and of its parents, as far as they can be read; usage is the group's own. */
export interface Cgroup {
  readonly version: 1 | 2;
  /** As /proc/self/cgroup has it; `/` inside a cgroup namespace. */
  readonly path: string;
  readonly memory: CgroupMemory;
  readonly cpu: CgroupCpu;
  readonly pids: { readonly limit?: number; readonly current?: number };
}

export interface CgroupMemory {
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
}

export interface CgroupCpu {
  /** CPU time a second of time, in cores: 0.5 is half of one. */
  readonly limitCores?: number;
  /** Enforcement periods that the group ran in. */
  readonly periods?: number;
  /** Those in which it used up its share and had to wait. */
  readonly throttledPeriods?: number;
  /** All that waiting, of all CPUs. */
  readonly throttledMs?: number;
}

/** Never throws; nothing off Linux, or where no control group has a file to read. Cost: some 20 small reads, 1 ms. */
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
