import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { limitOldGeneration } from '../../src/sections/heap.js';

const MIB = 2 ** 20;

it('takes the old generation’s limit from the last option that sets it', () => {
  const options = ['--max-old-space-size=64', '--max_old_space_size=80'];
  expect(limitOldGeneration(272 * MIB, options)).toBe(80 * MIB);
  expect(limitOldGeneration(4192 * MIB, ['--max-semi-space-size=32'])).toBe(4096 * MIB);
});

it.each([
  [20, 4144],
  [22, 4144],
  [24, 4288],
  [26, 4192],
])('takes three semi-spaces off where no option does, on Node %i', (major, limitMib) => {
  expect(Math.round(limitOldGeneration(limitMib * MIB, [], major) / MIB)).toBe(4096);
});

it('is below the limit of both generations of this process', () => {
  const limit = getHeapStatistics().heap_size_limit;
  expect(limitOldGeneration(limit, [])).toBeLessThan(limit);
});
