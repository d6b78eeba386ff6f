import { describe, expect, it } from 'vitest';
import { createMemory } from '../../src/v8/memory.js';

const START = 0x10_0000;
const PAGE_BYTES = 4096;
const BUDGET = { bytes: 1024 ** 3, ms: 60_000 };

/** Memory of `pages` pages, of which each has its number in its first word. */
function setUp(pages = 4) {
  const content = Buffer.alloc(pages * PAGE_BYTES);
  const write = (page: number, value: number) => content.writeUInt32LE(value, page * PAGE_BYTES);
  for (let page = 0; page < pages; page += 1) write(page, page);
  let reads = 0;
  const memory = createMemory((buffer, offset, length, address) => {
    reads += 1;
    return content.copy(buffer, offset, address - START, address - START + length);
  });
  memory.begin(BUDGET);
  const wordOf = (page: number) => memory.word(START + page * PAGE_BYTES);
  return { memory, write, wordOf, reads: () => reads };
}

describe('memory that is kept', () => {
  it('is read at once, and seen as it was then, until another budget begins', () => {
    const { memory, write, wordOf, reads } = setUp();
    expect(memory.keep(START, 3 * PAGE_BYTES)).toBe(true);
    expect(reads()).toBe(1);
    for (const page of [0, 1, 2, 3]) write(page, 10 + page);
    expect([0, 1, 2, 3].map(wordOf)).toEqual([0, 1, 2, 13]);
    memory.goOn(BUDGET);
    for (const page of [0, 3]) write(page, 20 + page);
    expect([0, 1, 2, 3].map(wordOf)).toEqual([0, 1, 2, 23]);
    memory.begin(BUDGET);
    expect([0, 1, 2, 3].map(wordOf)).toEqual([20, 11, 12, 23]);
  });

  it('is seen as it is now where that is asked for', () => {
    const { memory, write, wordOf } = setUp();
    memory.keep(START, PAGE_BYTES);
    write(0, 10);
    expect(memory.now(() => wordOf(0))).toBe(10);
    expect(wordOf(0)).toBe(0);
  });

  it('is the newer one where it was read before', () => {
    const { memory, write, wordOf } = setUp();
    expect(wordOf(0)).toBe(0);
    write(0, 10);
    memory.keep(START, PAGE_BYTES);
    expect(wordOf(0)).toBe(10);
  });

  it('fills a buffer, also from the middle of a page, and not if a part is not kept', () => {
    const { memory } = setUp();
    memory.keep(START + 100, 2 * PAGE_BYTES - 200);
    const buffer = Buffer.alloc(PAGE_BYTES);
    expect(memory.readKept(buffer, START + 2048)).toBe(true);
    expect(buffer.readUInt32LE(2048)).toBe(1);
    expect(memory.readKept(buffer, START + 2 * PAGE_BYTES - 8)).toBe(false);
  });

  it('ends with the memory that there is', () => {
    const { memory, wordOf } = setUp();
    expect(memory.keep(START + 2 * PAGE_BYTES, 4 * PAGE_BYTES)).toBe(false);
    expect([2, 3].map(wordOf)).toEqual([2, 3]);
    expect(wordOf(4)).toBeNaN();
  });

  it('has a bound, and leaves room for other pages', () => {
    const pages = 12 * 1024;
    const { memory, write, wordOf } = setUp(pages);
    const isKept = (page: number) => memory.keep(START + page * PAGE_BYTES, 64 * PAGE_BYTES);
    const kept = Array.from({ length: pages / 64 }, (_, run) => isKept(run * 64));
    expect(kept.indexOf(false)).toBe(128);
    for (let page = 0; page < pages; page += 1) write(page, pages + page);
    // Twice, so that pages are forgotten for others in between.
    for (let round = 0; round < 2; round += 1)
      for (let page = 0; page < pages; page += 1) expect(wordOf(page)).toBe(page < 128 * 64 ? page : pages + page);
  });
});
