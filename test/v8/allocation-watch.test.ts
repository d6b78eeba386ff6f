import { describe, expect, it } from 'vitest';
import { AllocationWatch } from '../../src/v8/suspended/allocation-watch.js';
import type { Look } from '../../src/v8/suspended/look.js';
import { AT, lookAt, NO_GAP, PAGE_BYTES, pageAt } from './looks.js';

const young = (number: number) => pageAt(number, { isYoung: true });
const topIn = (number: number, bytes: number) => AT + number * PAGE_BYTES + bytes;

/** A heap with an old page at 0, whose young pages go up from 1 to the one in which it allocates. */
function lookWith(last: number, bytes: number, more: Partial<Look> = {}, old = pageAt(0)): Look {
  const pages = [old, ...Array.from({ length: last }, (_, index) => young(index + 1))];
  const top = topIn(last, bytes);
  return lookAt(pages, { gaps: [{ start: top, end: topIn(last, PAGE_BYTES) }, NO_GAP], ...more });
}

/** Polls once for each pair of top and milliseconds since the poll before; then says whether the heap has only grown. */
function watch(
  before: Look,
  polls: readonly (readonly [top: number, ms: number])[],
  after: Look,
  lastMs = 0.1,
): boolean {
  let ms = 0;
  let top = 0;
  const allocation = new AllocationWatch(
    before,
    () => top,
    () => ms,
  );
  for (const [seen, pauseMs] of polls) {
    top = seen;
    ms += pauseMs;
    allocation.poll();
  }
  ms += lastMs;
  return allocation.hasOnlyGrown(after);
}

describe('a thread that allocates between two looks', () => {
  const before = lookWith(4, 1000);

  it('has moved nothing if it has gone up in its page, and to the next ones', () => {
    expect(watch(before, [], lookWith(4, 1000))).toBe(true);
    expect(watch(before, [], lookWith(4, 2000))).toBe(true);
    const polls = [
      [topIn(4, 5000), 0.12],
      [topIn(4, PAGE_BYTES), 0.12],
      [topIn(5, 800), 0.12],
    ] as const;
    expect(watch(before, polls, lookWith(6, 100))).toBe(true);
  });

  it.for([
    ['is at a lower place of its page', [], lookWith(4, 500)],
    ['is in a page before', [], lookWith(3, 2000)],
    ['was elsewhere meanwhile', [[topIn(40, 1000), 0.12]], lookWith(5, 2000)],
    ['was in a page before meanwhile', [[topIn(2, 1000), 0.12]], lookWith(5, 2000)],
    ['was at a place that cannot be read for a while', [[Number.NaN, 0.06]], lookWith(5, 2000)],
    ['has another oldest page', [], lookWith(5, 2000, { young: [5, 4, 3, 2, 9].map(young) })],
    ['has allocated in the old generation', [], lookWith(4, 2000, {}, pageAt(0, { mark: 2 }))],
    ['has another old page', [], lookWith(4, 2000, {}, pageAt(30))],
    ['collects', [], lookWith(4, 2000, { isCollecting: true })],
    ['has no place to allocate in', [], lookWith(4, 2000, { isYoungKnown: false })],
  ] as const)('may have moved something if it %s', ([, polls, after]) => {
    expect(watch(before, polls, after)).toBe(false);
  });

  it('may have collected twice, and be where it was, if it was not seen for a while', () => {
    const seen = [[topIn(4, 2000), 0.12]] as const;
    expect(watch(before, seen, lookWith(4, 3000), 0.12)).toBe(true);
    expect(watch(before, seen, lookWith(4, 3000), 0.13)).toBe(false);
    expect(watch(before, [[topIn(4, 2000), 0.13]], lookWith(4, 3000), 0.12)).toBe(false);
  });

  it.for([{ isCollecting: true }, { isYoungKnown: false }])('may have moved something if it began with %j', (more) => {
    expect(watch(lookWith(4, 1000, more), [], lookWith(4, 2000))).toBe(false);
  });

  it('is read four times in the longest pause, and not oftener', () => {
    expect(watch(before, [[topIn(40, 0), 0.03]], lookWith(4, 3000), 0.03)).toBe(true);
    expect(watch(before, [[topIn(40, 0), 0.04]], lookWith(4, 3000), 0.03)).toBe(false);
  });
});
