import { describe, expect, it } from 'vitest';
import { readCgroup } from '../../src/procfs/cgroup.js';
import { groupDirectories, parseMemberships } from '../../src/procfs/cgroup-path.js';
import { parseMounts } from '../../src/procfs/mounts.js';
import { makeDirectory, makeTree } from './helpers.js';

const V2_MOUNT = '31 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';

/** A machine as /proc and /sys/fs/cgroup show it. */
function readMachine(cgroup: string, mountinfo: string, files: { [path: string]: string }): unknown {
  const tree = makeTree({
    'proc/self/cgroup': cgroup,
    'proc/self/mountinfo': mountinfo,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`sys/fs/cgroup/${path}`, text])),
  });
  return readCgroup(`${tree}/proc`, tree);
}

describe('version 2', () => {
  it('gives the tightest limit of the group and its parents, and the group’s own usage', () => {
    const group = 'system.slice/app.service';
    const cgroup = readMachine(`0::/${group}\n`, V2_MOUNT, {
      'cgroup.procs': '',
      'system.slice/cgroup.procs': '',
      'system.slice/memory.max': '536870912\n',
      'system.slice/memory.high': 'max\n',
      'system.slice/memory.current': '400000000\n',
      'system.slice/cpu.max': '150000 100000\n',
      'system.slice/pids.max': 'max\n',
      [`${group}/cgroup.procs`]: '1\n',
      [`${group}/memory.max`]: '1073741824\n',
      [`${group}/memory.high`]: '900000000\n',
      [`${group}/memory.current`]: '300000000\n',
      [`${group}/memory.peak`]: '310000000\n',
      [`${group}/memory.events`]: 'low 0\nhigh 12\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n',
      [`${group}/cpu.max`]: 'max 100000\n',
      [`${group}/cpu.stat`]: 'usage_usec 9\nnr_periods 100\nnr_throttled 7\nthrottled_usec 1500\n',
      [`${group}/pids.max`]: '512\n',
      [`${group}/pids.current`]: '20\n',
    });
    expect(cgroup).toEqual({
      version: 2,
      path: `/${group}`,
      memory: {
        limitBytes: 536_870_912,
        highBytes: 900_000_000,
        currentBytes: 300_000_000,
        peakBytes: 310_000_000,
        oomKills: 1,
        events: { low: 0, high: 12, max: 3, oom: 1, oom_kill: 1, oom_group_kill: 0 },
      },
      cpu: { limitCores: 1.5, periods: 100, throttledPeriods: 7, throttledMs: 1.5 },
      pids: { limit: 512, current: 20 },
    });
  });

  it('is read from inside a container, where the namespace’s root is the group', () => {
    const files = { 'cgroup.procs': '1\n', 'memory.max': '268435456\n', 'cpu.max': '50000 100000\n' };
    const expected = { version: 2, memory: { limitBytes: 268_435_456 }, cpu: { limitCores: 0.5 }, pids: {} };
    expect(readMachine('0::/\n', V2_MOUNT, files)).toEqual({ ...expected, path: '/' });
    // Entered from outside, as `docker exec` may: the path leads out of what is mounted.
    expect(readMachine('0::/../other\n', V2_MOUNT, files)).toEqual({ ...expected, path: '/../other' });
    // The host's path, and a mount that shows the container's group alone.
    const bound = V2_MOUNT.replace(' / ', ' /docker/abc ');
    expect(readMachine('0::/docker/abc\n', bound, files)).toEqual({ ...expected, path: '/docker/abc' });
  });

  it('has nothing to say at the root of a machine', () => {
    expect(readMachine('0::/\n', V2_MOUNT, { 'cgroup.procs': '', 'cpu.stat': 'usage_usec 9\n' })).toEqual({
      version: 2,
      path: '/',
      memory: {},
      cpu: {},
      pids: {},
    });
  });
});

describe('version 1', () => {
  const mountinfo = [
    '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '37 31 0:34 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
    '38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n');
  const memberships = '5:memory:/a/b\n3:cpu,cpuacct:/a\n2:pids:/\n1:name=systemd:/a\n0::/a\n';

  it('is read from a hierarchy for each controller', () => {
    const cgroup = readMachine(memberships, mountinfo, {
      'memory/cgroup.procs': '',
      'memory/memory.limit_in_bytes': '9223372036854771712\n',
      'memory/a/cgroup.procs': '',
      'memory/a/memory.limit_in_bytes': '2147483648\n',
      'memory/a/b/cgroup.procs': '1\n',
      'memory/a/b/memory.limit_in_bytes': '9223372036854771712\n',
      'memory/a/b/memory.usage_in_bytes': '100\n',
      'memory/a/b/memory.max_usage_in_bytes': '200\n',
      'memory/a/b/memory.failcnt': '4\n',
      'memory/a/b/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'memory/a/b/memory.stat': 'cache 1\nhierarchical_memory_limit 1073741824\n',
      'cpu,cpuacct/a/cgroup.procs': '',
      'cpu,cpuacct/a/cpu.cfs_quota_us': '200000\n',
      'cpu,cpuacct/a/cpu.cfs_period_us': '100000\n',
      'cpu,cpuacct/a/cpu.stat': 'nr_periods 10\nnr_throttled 2\nthrottled_time 3000000\n',
      'pids/cgroup.procs': '',
    });
    expect(cgroup).toEqual({
      version: 1,
      path: '/a/b',
      memory: {
        limitBytes: 1_073_741_824,
        currentBytes: 100,
        peakBytes: 200,
        oomKills: 2,
        events: { failcnt: 4 },
      },
      cpu: { limitCores: 2, periods: 10, throttledPeriods: 2, throttledMs: 3 },
      pids: {},
    });
  });

  it('without limits has none', () => {
    const cgroup = readMachine('4:memory:/\n1:cpu:/\n', mountinfo, {
      'memory/cgroup.procs': '',
      'memory/memory.limit_in_bytes': '9223372036854771712\n',
      'cpu,cpuacct/cgroup.procs': '',
      'cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      'cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    });
    expect(cgroup).toEqual({ version: 1, path: '/', memory: {}, cpu: {}, pids: {} });
  });
});

describe('the directories of a group', () => {
  it('go up to what is mounted, the group’s own first', () => {
    const mounts = parseMounts(V2_MOUNT.replace('/sys/fs/cgroup', '/sys/fs/c\\040g'));
    expect(groupDirectories(parseMemberships('0::/a/b\n'), mounts)).toEqual([
      '/sys/fs/c g/a/b',
      '/sys/fs/c g/a',
      '/sys/fs/c g',
    ]);
  });

  it('are absent without a mount or a membership', () => {
    expect(groupDirectories(parseMemberships('0::/a\n'), [])).toEqual([]);
    expect(groupDirectories([], parseMounts(V2_MOUNT))).toEqual([]);
    expect(groupDirectories(parseMemberships('nonsense\n'), parseMounts('nonsense\n'), 'memory')).toEqual([]);
  });
});

it('there is no group without /proc', () => {
  expect(readCgroup(makeDirectory())).toBeUndefined();
});

it.runIf(process.platform === 'linux')('reading this machine’s does not throw', () => {
  expect(() => readCgroup()).not.toThrow();
});
