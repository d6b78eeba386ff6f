import { describe, expect, it } from 'vitest';
import type { ImmediatesSeen } from './immediates-target.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('immediates-target');

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the callbacks of setImmediate', () => {
  it('are read while the event loop turns without end', () => {
    const { reads } = run<ImmediatesSeen>('immediates-target', 'immediate');
    const named = reads.filter((names) => names.length > 0 && names.every((name) => name === 'pumpImmediates'));
    // The thread may collect garbage, or have no CPU.
    expect(named.length).toBeGreaterThan(0);
    expect(reads.flat().filter((name) => name !== 'pumpImmediates')).toEqual([]);
  });

  it('are none of a program without any', () => {
    expect(run<ImmediatesSeen>('immediates-target', 'microtask').reads.flat()).toEqual([]);
  });
});
