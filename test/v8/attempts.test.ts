import { expect, it } from 'vitest';
import { Attempts } from '../../src/v8/attempts.js';

it('some attempts may be made at once, then one in ten minutes', () => {
  let now = 1000;
  const attempts = new Attempts(() => now);
  expect([attempts.take(), attempts.take(), attempts.take(), attempts.take()]).toEqual([true, true, true, false]);
  now += 9 * 60_000;
  expect(attempts.take()).toBe(false);
  now += 60_000;
  expect([attempts.take(), attempts.take()]).toEqual([true, false]);
});

it('to ask whether one is left takes none', () => {
  const attempts = new Attempts(() => 0);
  expect([attempts.isLeft(), attempts.isLeft(), attempts.isLeft(), attempts.isLeft()]).toEqual([
    true,
    true,
    true,
    true,
  ]);
});
