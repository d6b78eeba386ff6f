import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../src/frames/frames.js';
import type { SuspendedFrames } from '../../src/sections/sources.js';
import { collectSuspended } from '../../src/sections/suspended.js';

describe('a note tells', () => {
  const note = (about: Partial<SuspendedFrames>) => {
    const suspended: SuspendedFrames = {
      chains: [],
      places: [],
      count: 0,
      goneOn: 0,
      lost: 0,
      isQuiet: true,
      isWhole: true,
      isCut: false,
      search: 'over',
      heapBytes: 0,
      ms: 0,
      ...about,
    };
    const source = { thread: '#0 main', look: { suspended }, texts: () => undefined };
    const { data } = collectSuspended([source], createFrameReader(), { requests: [], requestCount: 0 });
    const [thread] = data.threads;
    return thread && 'note' in thread ? thread.note : undefined;
  };

  it('how many wait for a promise that is gone', () => {
    expect(note({})).toBeUndefined();
    expect(note({ lost: 1 })).toBe('1 more waits for a promise that is gone: nothing can go on with it');
    expect(note({ lost: 2 })).toBe('2 more wait for a promise that is gone: nothing can go on with them');
  });

  it('how many have gone on while the heap was read', () => {
    const rest = 'some that had just begun to wait may be missing';
    const changed = 'the heap changed while it was read: ';
    expect(note({ isQuiet: false })).toBe(`${changed}${rest}`);
    expect(note({ isQuiet: false, goneOn: 1 })).toBe(`${changed}1 has gone on since, and ${rest}`);
    expect(note({ isQuiet: false, goneOn: 20 })).toBe(`${changed}20 have gone on since, and ${rest}`);
  });

  it('why it is not known of some by which they would go on', () => {
    expect(note({ search: 'cut' })).toBe('there was no time to look for the things that would settle their promises');
    expect(note({ search: 'outrun' })).toBe(
      'some of their promises are settled sooner than the things that settle them are found',
    );
  });
});
