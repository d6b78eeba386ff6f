import { describe, expect, it } from 'vitest';
import { renderBanner } from '../../src/views/banner.js';
import { renderTable } from '../../src/views/table.js';
import { cutToWidth, widthOf } from '../../src/views/width.js';

describe('the width of a text', () => {
  it.each([
    ['plain', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['日本語', 6],
    ['한글', 4],
    ['ｆｕｌｌ', 8],
    ['🚀', 2],
    ['👍🏽', 2],
    ['❤', 1],
    ['→ …', 3],
    ['שלום', 4],
  ])('is what a terminal takes for it: %s', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it('aligns the columns of a table', () => {
    expect(
      renderTable(
        [
          ['a', 'b'],
          ['日本語', 'c'],
          ['🚀', 'd'],
          ['12345', 'e'],
        ],
        [],
      ),
    ).toBe('a       b\n日本語  c\n🚀      d\n12345   e\n');
    expect(
      renderTable(
        [
          ['日本', 'b'],
          ['1', 'c'],
        ],
        [0],
      ),
    ).toBe('日本  b\n   1  c\n');
  });
});

it('centres the title of a section', () => {
  const [rule = '', title = ''] = renderBanner('\u6ce8\u6587').split('\n');
  expect(widthOf(title)).toBe(rule.length);
});

describe('a text that is too wide', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['日本語', 5, '日本'],
    ['a🚀b', 2, 'a'],
    ['a🚀b', 3, 'a🚀'],
    ['日本語', 0, ''],
  ])('is cut between characters: %s to %i columns', (text, columns, cut) => {
    expect(cutToWidth(text, columns)).toBe(cut);
  });
});
