import { describe, expect, test } from 'vitest';
import { countSteadyFrames } from '../../src/agent/steady-frames.js';
import type { RawFrame } from '../../src/frames/raw.js';

/** Innermost first, as they are told; each letter a function. */
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

const looks = (...stacks: (RawFrame[] | undefined)[]) => {
  let at = 0;
  return {
    look: async () => stacks[at++ % stacks.length],
    readCpuMs: () => undefined,
    wantsCpu: () => true,
    deadlineMs: 20_000,
  };
};

describe('the calls that stay', () => {
  test.each([
    ['all, at whatever lines', stack('fgm'), [stack('fgm', 2), stack('fgm', 3)], 3],
    ['those beneath what a loop calls', stack('agm'), [stack('gm'), stack('bgm')], 2],
    ['the least depth of a recursion', stack('rrrm'), [stack('rrrrrm'), stack('rrm')], 3],
    ['none, of a thread that goes on', stack('xt'), [stack('yu')], 0],
    ['none, of a thread that has become idle', stack('xt'), [[]], 0],
    ['all, of a thread that does not answer again', stack('xt'), [undefined], 2],
  ])('are %s', async (_, first, again, count) => {
    expect(await countSteadyFrames(first, looks(...again))).toBe(count);
  });

  test('are counted within a bound, though the thread never answers', async () => {
    expect(
      await countSteadyFrames(stack('fm'), { ...looks(), look: () => new Promise(() => {}), deadlineMs: 50 }),
    ).toBe(2);
  });

  test('are looked at again once the thread has run', async () => {
    let cpuMs = 0;
    const atMs: number[] = [];
    await countSteadyFrames(stack('fm'), {
      async look() {
        atMs.push(cpuMs);
        return stack('fm');
      },
      readCpuMs: () => {
        cpuMs += 0.1;
        return cpuMs;
      },
      wantsCpu: () => true,
      deadlineMs: 20_000,
    });
    const turns = atMs.map((ms, n) => ms - (atMs[n - 1] ?? 0));
    expect(turns.length).toBeGreaterThan(5);
    expect(Math.min(...turns)).toBeGreaterThan(0.5);
  });

  test('are looked at again at once where the thread does not run: it waits, or has nothing to do', async () => {
    const startMs = performance.now();
    const waiting = { ...looks(stack('wm')), readCpuMs: () => 7, wantsCpu: () => false, deadlineMs: 20_000 };
    expect(await countSteadyFrames(stack('wm'), waiting)).toBe(2);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});
