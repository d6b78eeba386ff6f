import { freemem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { buildPrograms } from './programs.js';
import type { SuspendedAttacked } from './suspended-attacks.js';
import { SHAPES } from './suspended-shapes.js';
import type { SuspendedSeen } from './suspended-target.js';

const run = buildPrograms('suspended-target', 'suspended-attacks');

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the walk of the heap', () => {
  it.for([
    ['1', 'idle'],
    ['30', 'idle'],
    ['250', 'idle'],
    ['1850', 'idle'],
    ['30', 'native'],
    ['30', 'loop'],
    ['30', 'worker'],
  ] as const)('finds what waits, and nothing else, %s times each shape, in a thread that is: %s', ([rounds, mode]) => {
    const seen = run<SuspendedSeen>('suspended-target', rounds, mode);
    expect(seen.state).toEqual({ on: true });
    expect(seen.wrong).toEqual([]);
    expect(seen.missed).toEqual([]);
    expect(seen.last).toMatchObject({ kind: 'read', isWhole: true, isQuiet: true });
    expect('count' in seen.last && seen.last.count).toBeGreaterThan(Number(rounds) * SHAPES.length);
  });

  // Our own thread collects its garbage while it lists the pages of such a heap.
  it.runIf(freemem() > 6 * 1024 ** 3)('finds all in a heap of two gigabytes', { timeout: 600_000 }, () => {
    const seen = run<SuspendedSeen>('suspended-target', '30', 'idle', '2000');
    expect(seen.wrong).toEqual([]);
    expect({ ...seen.last, reads: seen.reads }).toMatchObject({ kind: 'read', isWhole: true, isQuiet: true });
    expect(seen.missed).toEqual([]);
  });

  it.for([
    ['30', 'allocates'],
    ['30', 'resumes'],
  ] as const)(
    'tells all that is there if it calls the heap quiet, and never more, %s times each shape, in a thread that %s',
    ([rounds, mode]) => {
      const seen = run<SuspendedSeen>('suspended-target', rounds, mode);
      expect(seen.last.kind).toBe('read');
      expect(seen.wrong).toEqual([]);
    },
  );

  it.for(['allocates', 'resumes'])('finds the heap quiet although the thread %s without end', (mode) => {
    const seen = run<SuspendedSeen>('suspended-target', '1', mode);
    expect(seen.wrong).toEqual([]);
    expect(seen.quiet).toBeGreaterThan(0);
  });

  it('tells functions that go on while they are read where they waited', () => {
    const { wrong, resuming, goneOn } = run<SuspendedSeen>('suspended-target', '30', 'flows');
    expect(wrong).toEqual([]);
    // Of 50, at most one runs. A collection, or another process, may come in between in many of the reads.
    const most = resuming.toSorted((one, other) => other - one).slice(0, 5);
    expect(Math.min(...most)).toBeGreaterThanOrEqual(45);
    expect(Math.max(...resuming)).toBeLessThanOrEqual(50);
    expect(Math.max(...goneOn)).toBeGreaterThan(5);
    expect(Math.max(...goneOn)).toBeLessThanOrEqual(50);
  });

  it('looks not without end for the things that settle promises, if others have come by then', () => {
    const { last } = run<SuspendedSeen>('suspended-target', '0', 'flows', '300');
    expect(last).toMatchObject({ kind: 'read', search: expect.stringMatching(/^(?:over|outrun)$/) });
  });

  it('is off, or right, with any of its constants wrong, and never throws', () => {
    const attacked = run<SuspendedAttacked>('suspended-attacks');
    expect(attacked.truth).toBe('1 serve 17, 5 consumes>many , 5 outer>Promise.allleaf ');
    expect(attacked.mutants.wrong).toEqual([]);
    expect(attacked.mutants.off).toBeGreaterThan(30);
    expect(attacked.flipped).toEqual({ read: 20, thrown: [] });
  });
});
