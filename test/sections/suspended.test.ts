import { expect, test } from 'vitest';
import { createFrameReader } from '../../src/frames/frames.js';
import { collectSuspended } from '../../src/sections/suspended.js';

test('a note tells how many wait for a promise that is gone', () => {
  const note = (lost: number) => {
    const suspended = {
      chains: [],
      places: [],
      count: 0,
      lost,
      isQuiet: true,
      isWhole: true,
      isCut: false,
      isSettled: true,
      heapBytes: 0,
      ms: 0,
    };
    const source = { thread: '#0 main', look: { suspended }, texts: () => undefined };
    const { data } = collectSuspended([source], createFrameReader(), { requests: [], requestCount: 0 });
    const [thread] = data.threads;
    return thread && 'note' in thread ? thread.note : undefined;
  };
  expect(note(0)).toBeUndefined();
  expect(note(1)).toBe('1 more waits for a promise that is gone: nothing can go on with it');
  expect(note(2)).toBe('2 more wait for a promise that is gone: nothing can go on with them');
});
