import { describe, expect, it } from 'vitest';
import type { SuspendedReading } from '../../src/v8/readings.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('crowd-target');

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a list that thousands wait for', () => {
  it.for([1000, 12_000, 30_000])('is told of %i', (count) => {
    const read = run<SuspendedReading>('crowd-target', String(count));
    if (read.kind !== 'read') throw new Error(read.reason);
    expect(read).toMatchObject({ isWhole: true, search: 'over', count: 2 * count });
    const nameOf = (place: number) => read.places[place]?.frame.functionName;
    const [first] = read.chains;
    expect(first).toMatchObject({ count, end: 'promise', settler: { kind: 'variable' } });
    expect(first?.settler?.label).toMatch(/^waiting\d* of start$/);
    expect(first?.steps.map(({ place }) => nameOf(place))).toEqual(['handle', 'acquire']);
  });
});
