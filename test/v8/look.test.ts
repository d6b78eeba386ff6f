import { describe, expect, it } from 'vitest';
import { isSame } from '../../src/v8/suspended/look.js';
import { createRemembering } from '../../src/v8/suspended/scan-pages.js';
import { AT, lookAt, NO_GAP, PAGE_BYTES, pageAt } from './looks.js';

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
