import { describe, expect, it } from 'vitest';
import type { PagesSeen } from './pages-target.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('pages-target');

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the pages of a heap', () => {
  it('are listed again by their headers alone, until another one has come', () => {
    const { before, again, after, againAfter } = run<PagesSeen>('pages-target');
    expect(before.length).toBeGreaterThan(10);
    expect(again).toEqual(before);
    const known = new Set(before);
    expect(after.filter((address) => !known.has(address)).length).toBeGreaterThan(50);
    expect(againAfter).toBeUndefined();
  });

  it('belong to a thread that is seen collecting garbage while it makes objects, and not while it waits', () => {
    const { collectsWaiting, collectsMaking } = run<PagesSeen>('pages-target');
    expect(collectsWaiting).toBe(false);
    expect(collectsMaking).toEqual([false, true]);
  });
});
