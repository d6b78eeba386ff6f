import { describe, expect, it } from 'vitest';
import { parseEnviron, readEnviron } from '../../src/procfs/environ.js';
import { parseLoad, parsePressure, readPressure } from '../../src/procfs/pressure.js';
import { parseStatus, readProcessStatus } from '../../src/procfs/status.js';
import { asNobody, makeDirectory, makeTree, startThread, statLine } from './helpers.js';

const STATUS = `Name:\tnode
Pid:\t42
VmPeak:\t  900000 kB
VmSize:\t  800000 kB
VmHWM:\t   60000 kB
VmRSS:\t   50000 kB
VmSwap:\t      16 kB
Threads:\t11
voluntary_ctxt_switches:\t150
nonvoluntary_ctxt_switches:\t7
`;

describe('the status of this process', () => {
  it('is read in bytes, milliseconds and counts', () => {
    const root = makeTree({
      'self/status': STATUS,
      'self/stat': statLine(42, 'node', 'S', 1),
      'self/oom_score': '667\n',
      'self/oom_score_adj': '-500\n',
      uptime: '14869.50 29000.00\n',
    });
    expect(readProcessStatus(root)).toEqual({
      rssBytes: 51_200_000,
      peakRssBytes: 61_440_000,
      swapBytes: 16_384,
      virtualBytes: 819_200_000,
      threads: 11,
      voluntarySwitches: 150,
      involuntarySwitches: 7,
      majorFaults: 7,
      userCpuMs: 150,
      systemCpuMs: 50,
      uptimeMs: 10_000,
      startTimeMs: expect.any(Number),
      oomScore: 667,
      oomScoreAdjustment: -500,
    });
  });

  it('leaves out an age that a faked uptime makes negative, and missing fields', () => {
    const root = makeTree({
      'self/status': 'Name:\tx\n',
      'self/stat': statLine(1, 'x', 'S', 0),
      uptime: '5.00 5.00\n',
    });
    expect(Object.keys(readProcessStatus(root) ?? {}).sort()).toEqual(['majorFaults', 'systemCpuMs', 'userCpuMs']);
    expect(parseStatus('')).toEqual({});
    expect(readProcessStatus(makeDirectory())).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('agrees with what Node says, from a worker as well', async () => {
    const status = readProcessStatus();
    expect(status?.rssBytes).toBeGreaterThan(10_000_000);
    expect(status?.threads).toBeGreaterThan(1);
    const startMs = Date.now() - process.uptime() * 1000;
    expect(Math.abs((status?.startTimeMs ?? 0) - startMs)).toBeLessThan(60_000);
    await startThread('setInterval(() => {}, 1000);');
    expect(readProcessStatus()?.threads).toBeGreaterThan(status?.threads ?? 0);
  });
});

describe('the environment', () => {
  it('is split at the NULs, and the first of two counts', () => {
    expect(parseEnviron('A=1\0B=x=y\nz\0EMPTY=\0A=2\0nonsense\0=odd\0__proto__=p\0')).toEqual(
      Object.fromEntries([
        ['A', '1'],
        ['B', 'x=y\nz'],
        ['EMPTY', ''],
        ['__proto__', 'p'],
      ]),
    );
    expect(parseEnviron('')).toEqual({});
  });

  it.runIf(process.platform === 'linux')('is what the process was started with', () => {
    process.env.SET_LATER = 'yes';
    expect(readEnviron()?.SET_LATER).toBeUndefined();
    expect(readEnviron()?.PATH).toEqual(expect.any(String));
  });

  it('is absent without /proc, or when it is denied', () => {
    expect(readEnviron(makeDirectory())).toBeUndefined();
    if (process.geteuid?.() === 0) expect(asNobody(() => readEnviron('/proc'))).toBeUndefined();
  });
});

describe('the pressure', () => {
  it('is read as shares and milliseconds', () => {
    const text =
      'some avg10=1.50 avg60=0.20 avg300=0.01 total=34966464\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n';
    expect(parsePressure(text)).toEqual({
      some: { avg10: 1.5, avg60: 0.2, avg300: 0.01, totalMs: 34_966.464 },
      full: { avg10: 0, avg60: 0, avg300: 0, totalMs: 0 },
    });
    // Before Linux 5.13 the CPU has no `full`.
    expect(Object.keys(parsePressure(text.split('\n')[0]) ?? {})).toEqual(['some']);
    expect(parsePressure('')).toBeUndefined();
  });

  it('comes with the load average', () => {
    expect(parseLoad('0.20 0.18 0.12 1/80 11206\n')).toEqual({
      load: [0.2, 0.18, 0.12],
      tasks: { runnable: 1, total: 80 },
    });
    expect(parseLoad('nonsense')).toEqual({});
  });

  it('is empty if the kernel does not keep it', () => {
    expect(readPressure(makeDirectory())).toEqual({});
    expect(readPressure(makeTree({ loadavg: '1.00 2.00 3.00 4/5 6\n' }))).toMatchObject({ load: [1, 2, 3] });
  });
});
