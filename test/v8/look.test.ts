import { describe, expect, it } from 'vitest';
import { isSame, type Look } from '../../src/v8/suspended/look.js';
import type { Page } from '../../src/v8/suspended/pages.js';
import { createRemembering } from '../../src/v8/suspended/walk.js';

const PAGE_BYTES = 256 * 1024;
const AT = 0x7000_0000;
const NO_GAP = { start: Number.NaN, end: Number.NaN };

const pageAt = (number: number, more: Partial<Page> = {}): Page => ({
  address: AT + number * PAGE_BYTES,
  bytes: PAGE_BYTES,
  reference: AT + number * PAGE_BYTES,
  previous: 0,
  isYoung: false,
  mark: 1,
  ...more,
});

function lookAt(pages: readonly Page[], more: Partial<Look> = {}): Look {
  const young = pages.filter(({ isYoung }) => isYoung);
  const list = { pages, all: pages, isWhole: true, isClosed: true };
  return { pages, young, list, isWhole: true, isYoungKnown: true, gaps: [NO_GAP], isCollecting: false, ...more };
}

describe('between two looks at a heap', () => {
  const pages = [pageAt(0), pageAt(1, { isYoung: true, bytes: 1000 }), pageAt(2)];

  it('nothing has moved if its pages are the same, and the young one has only grown', () => {
    const grown = [pageAt(0), pageAt(1, { isYoung: true, bytes: 2000, mark: 2 }), pageAt(2)];
    expect(isSame(lookAt(pages), lookAt(grown))).toBe(true);
    expect(isSame(lookAt(grown), lookAt(pages))).toBe(false);
  });

  it.for([
    ['an old page has changed', [pageAt(0, { mark: 2 }), ...pages.slice(1)]],
    ['another page has taken the place of one', [...pages.slice(0, 2), pageAt(3)]],
    ['a page has gone', pages.slice(0, 2)],
    ['a young page has become old', [pageAt(0), pageAt(1), pageAt(2)]],
  ] as const)('something may have moved if %s', ([, others]) => {
    expect(isSame(lookAt(pages), lookAt(others))).toBe(false);
  });

  it('something may have moved if a collection was on its way at one of them', () => {
    const collecting = lookAt(pages, { isCollecting: true });
    expect(isSame(lookAt(pages), lookAt(pages))).toBe(true);
    expect(isSame(collecting, lookAt(pages))).toBe(false);
    expect(isSame(lookAt(pages), collecting)).toBe(false);
  });
});

describe('a page without anything', () => {
  it('is not remembered while the collection lasts that was on its way when its header was read', () => {
    const answers = [true, true, false, true];
    const canRemember = createRemembering({ gaps: [], isCollecting: true }, () => answers.shift() ?? true);
    expect([0, 1, 2, 3].map((number) => canRemember(pageAt(number)))).toEqual([false, false, true, true]);
  });

  it('is remembered if a collection has begun later: that changes its header', () => {
    const canRemember = createRemembering({ gaps: [], isCollecting: false }, () => true);
    expect(canRemember(pageAt(0))).toBe(true);
  });

  it('is not remembered if the thread allocates on it', () => {
    const gap = (number: number, bytes: number) => {
      const start = AT + number * PAGE_BYTES + 4096;
      return { start, end: start + bytes };
    };
    const gaps = [NO_GAP, gap(1, 4096), gap(2, 0)];
    const canRemember = createRemembering({ gaps, isCollecting: false }, () => false);
    expect([0, 1, 2].map((number) => canRemember(pageAt(number)))).toEqual([true, false, true]);
  });
});
