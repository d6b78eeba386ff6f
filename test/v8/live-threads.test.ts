import { expect, test } from 'vitest';
import { listOwners } from '../../src/v8/live-threads.js';

test('a thread of V8 that helps another with its garbage does not count as one that runs JavaScript', () => {
  const main = process.pid;
  const isolates = new Map([
    [main, 0x1000],
    [main + 1, 0x1000],
    [main + 2, 0x3000],
    [main + 3, 0],
    [main + 8, 0x2000],
    [main + 9, 0x3000],
  ]);
  const ids = [...isolates.keys()].reverse();
  expect(listOwners(ids, (id) => isolates.get(id) ?? 0).toSorted((a, b) => a - b)).toEqual([main, main + 8, main + 9]);
});
