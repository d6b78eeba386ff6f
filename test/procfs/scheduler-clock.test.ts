import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readSlept } from '../../src/procfs/scheduler-clock.js';
import { ownThreadId } from '../../src/procfs/thread.js';
import { startThread } from '../agent/thread.js';
import { succeeds } from '../faults/commands.js';
import { eventually, makeTree, statLine } from './helpers.js';

const sched = (ms: number) => `node (7, #threads: 2)\nse.exec_start : ${ms}.000000\n`;
const onCpu = (cpu: number) => statLine(7, 'node', 'S', 1, cpu);
/** irq, softirq and steal of a CPU, in ticks of 10 ms. */
const lost = (cpu: number, irq: number, softirq: number, steal: number) =>
  `cpu${cpu} 9 9 9 9 9 ${irq} ${softirq} ${steal} 0 0\n`;

function slept(itsCpu: number, stat: string, ownMs = 9000, itsMs = 7000): number | undefined {
  return readSlept(
    7,
    makeTree({
      'self/task/7/stat': onCpu(itsCpu),
      'self/task/7/sched': sched(itsMs),
      'thread-self/stat': onCpu(0),
      'thread-self/sched': sched(ownMs),
      stat,
    }),
  );
}

describe('how long a thread has slept', () => {
  it('is told by the clock of the CPU that both ran on', () => {
    expect(slept(0, '')).toBe(2000);
  });

  it('is told across two CPUs, less the time that was stolen from one of them alone', () => {
    expect(slept(1, lost(0, 0, 500, 1900) + lost(1, 0, 9000, 1800))).toBe(3000);
    expect(slept(1, lost(0, 0, 0, 1800) + lost(1, 0, 0, 1900))).toBe(1000);
  });

  it('is not told across two CPUs if too much time was stolen from one of them', () => {
    expect(slept(1, lost(0, 0, 0, 1800) + lost(1, 0, 0, 6800), 57_000, 6900)).toBeUndefined();
    expect(slept(1, lost(0, 0, 0, 1800) + lost(1, 0, 0, 6800), 157_000, 6900)).toBe(100_100);
  });

  it('is not told across two CPUs if the result depends on whether interrupts were counted', () => {
    expect(slept(1, lost(0, 5, 500, 1900) + lost(1, 5, 9000, 1900))).toBeUndefined();
    expect(slept(1, lost(0, 5, 500, 1900) + lost(1, 6, 500, 1900))).toBe(1990);
  });

  it('is not told if the kernel does not say what the CPUs have lost, or if the clocks run backwards', () => {
    expect(slept(1, '')).toBeUndefined();
    expect(slept(0, '', 7000, 9000)).toBeUndefined();
  });

  const canPin = availableParallelism() > 1 && succeeds('taskset', ['-c', '1', 'true']);
  it.skipIf(!canPin)('is the same, seen from each CPU of this machine', async ({ skip }) => {
    const asleep = await startThread('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
    await eventually(() => (readSlept(asleep) ?? 0) > 100);
    const own = String(ownThreadId());
    const pin = (cpus: string) => execFileSync('taskset', ['-cp', cpus, own]);
    // The first and the last moment, by our own clock, at which it can have fallen asleep: this thread may lose its CPU
    // between two lines.
    const began = ['0', '1'].map((cpu) => {
      pin(cpu);
      const beforeMs = performance.now();
      const sleptMs = readSlept(asleep);
      return sleptMs === undefined
        ? undefined
        : {
            first: beforeMs - sleptMs,
            last: performance.now() - sleptMs,
            // The greatest error that a reported duration may have.
            errorMs: Math.max(100, sleptMs * 0.4),
          };
    });
    pin(`0-${availableParallelism() - 1}`);
    const [one, other] = began;
    if (one === undefined || other === undefined)
      return skip('this kernel may count interrupts, and its CPUs differ in them');
    const errorMs = one.errorMs + other.errorMs;
    expect(one.first).toBeLessThan(other.last + errorMs);
    expect(other.first).toBeLessThan(one.last + errorMs);
  });
});
