import { expect, test } from 'vitest';
import { startDeadline } from '../../src/v8/deadline.js';

function startClocks(): { now: number; waited: number | undefined; isPast: () => boolean } {
  const clocks = { now: 1000, waited: 20 as number | undefined, isPast: () => false };
  clocks.isPast = startDeadline(100, { nowMs: () => clocks.now, waitedMs: () => clocks.waited });
  return clocks;
}

test('a deadline passes after its time', () => {
  const clocks = startClocks();
  clocks.now = 1100;
  expect(clocks.isPast()).toBe(false);
  clocks.now = 1101;
  expect(clocks.isPast()).toBe(true);
});

test('time in which the thread had no CPU does not count', () => {
  const clocks = startClocks();
  Object.assign(clocks, { now: 1300, waited: 230 });
  expect(clocks.isPast()).toBe(false);
  clocks.now = 1311;
  expect(clocks.isPast()).toBe(true);
});

test('a thread that gets no CPU at all has ten times as long', () => {
  const clocks = startClocks();
  Object.assign(clocks, { now: 2000, waited: 1020 });
  expect(clocks.isPast()).toBe(false);
  Object.assign(clocks, { now: 2001, waited: 1021 });
  expect(clocks.isPast()).toBe(true);
});

test('a kernel that does not count it leaves the time as it is', () => {
  const clocks = startClocks();
  Object.assign(clocks, { now: 1101, waited: undefined });
  expect(clocks.isPast()).toBe(true);
});
