import { describe, expect, test } from 'vitest';
import { createLooks, type LooksOptions } from '../../src/agent/steady-frames.js';
import type { RawFrame } from '../../src/raw-frame.js';

/** Innermost first, as in a stack; each letter is a function. */
const stack = (letters: string, line = 1): RawFrame[] =>
  [...letters].map((letter) => ({
    function: letter,
    file: '/a.js',
    line,
    column: 1,
    async: false,
    enclosingLine: 1,
    enclosingColumn: 1,
  }));

/** Answers with these in turn, a millisecond of main's own time apart. */
function takeLooks(stacks: readonly (RawFrame[] | undefined)[], more: Partial<LooksOptions> = {}) {
  let taken = 0;
  const options: LooksOptions = {
    look: async () => {
      const frames = stacks[taken++ % stacks.length];
      return frames && { frames, atMs: taken, cpuMs: taken };
    },
    wantsCpu: () => true,
    deadlineMs: 20_000,
    ...more,
  };
  return { looks: createLooks(options), taken: () => taken };
}

describe('the calls that stay', () => {
  test.each([
    ['all, at whatever lines', stack('fgm'), [stack('fgm', 2), stack('fgm', 3)], 3],
    ['those beneath what a loop calls', stack('agm'), [stack('gm'), stack('bgm')], 2],
    ['the least depth of a recursion', stack('rrrm'), [stack('rrrrrm'), stack('rrm')], 3],
    ['none, of a thread that goes on', stack('xt'), [stack('yu')], 0],
    ['none, of a thread that has become idle', stack('xt'), [[]], 0],
    ['all, of a thread that does not answer again', stack('xt'), [undefined], 2],
  ])('are %s', async (_, first, again, count) => {
    expect(await takeLooks(again).looks.count(first)).toBe(count);
  });

  test('are counted within a bound, though the thread never answers', async () => {
    const { looks } = takeLooks([], { look: () => new Promise(() => {}), deadlineMs: 50 });
    expect(await looks.count(stack('fm'))).toBe(2);
  });

  test('are looked at until the thread has run often enough between two looks', async () => {
    let taken = 0;
    // Starved: it runs in every tenth look only.
    const look = async () => {
      taken += 1;
      return { frames: stack('fm'), atMs: taken * 5, cpuMs: Math.floor(taken / 10) };
    };
    expect(await takeLooks([], { look }).looks.count(stack('fm'))).toBe(2);
    expect(taken).toBeGreaterThan(60);
  });

  test('are not waited for if the thread does not run: it waits, or has nothing to do', async () => {
    let taken = 0;
    const look = async () => {
      taken += 1;
      return { frames: stack('wm'), atMs: taken, cpuMs: 7 };
    };
    expect(await takeLooks([], { look, wantsCpu: () => false }).looks.count(stack('wm'))).toBe(2);
    expect(taken).toBeLessThan(8);
  });

  test('are looked at on, if the thread sleeps for a moment only: it comes out of the look before', async () => {
    let taken = 0;
    const look = async () => {
      taken += 1;
      // The function that it only passes through is in the first looks.
      return { frames: stack(taken < 5 ? 'fm' : 'gm'), atMs: taken, cpuMs: Math.floor(taken / 2) };
    };
    let asked = 0;
    const wantsCpu = () => {
      asked += 1;
      return asked % 3 !== 1;
    };
    expect(await takeLooks([], { look, wantsCpu }).looks.count(stack('fm'))).toBe(1);
  });

  test('are looked at while the agent does something else, and those looks count', async () => {
    const { looks, taken } = takeLooks([stack('gm')]);
    const endMs = performance.now() + 50;
    while (performance.now() < endMs || taken() < 2) looks.glance();
    const glanced = taken();
    expect(glanced).toBeLessThan(20);
    expect(await looks.count(stack('fgm'))).toBe(2);
    expect(taken()).toBeLessThan(20);
  });
});
