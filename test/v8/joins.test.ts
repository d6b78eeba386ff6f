import { describe, expect, it } from 'vitest';
import type { SuspendedReading } from '../../src/v8/readings.js';
import { buildPrograms } from './programs.js';

const WAITERS = 2000;
const run = buildPrograms('joins-target');

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('thousands that wait for one join', () => {
  it('are read whole: what the join waits for is looked at once', () => {
    const read = run<SuspendedReading>('joins-target', String(WAITERS));
    if (read.kind !== 'read') throw new Error(read.reason);
    expect(read.isWhole).toBe(true);
    const nameOf = (place: number) => read.places[place]?.frame.functionName ?? '';
    const told = read.chains.map(({ count, steps, end }) => ({
      count,
      names: steps.map(({ place }) => nameOf(place)).join(' '),
      end,
    }));
    expect(told.filter(({ names }) => names.startsWith('waitFor'))).toEqual(
      expect.arrayContaining([
        { count: WAITERS, names: 'waitForAll', end: 'promise' },
        { count: WAITERS, names: 'waitForInners inner', end: 'promise' },
      ]),
    );
  });
});
