import { expect, it } from 'vitest';
import type { FreeSpaceSeen } from './free-space-target.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('free-space-target');
const [major = 0] = process.versions.v8.split('.').map(Number);

it.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the unit of free spaces is learned in a heap of alike objects, each time',
  () => {
    const { units } = run<FreeSpaceSeen>('free-space-target');
    expect(units).toEqual(Array(20).fill(major < 13 ? 1 : 8));
  },
);
