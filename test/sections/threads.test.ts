import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../src/frames/frames.js';
import { setOwnFile } from '../../src/frames/own-file.js';
import type { RawFrame } from '../../src/raw-frame.js';
import type { MainAnswer } from '../../src/sections/sources.js';
import { describeMain } from '../../src/sections/thread.js';

const OURS = '/srv/node_modules/guru-meditation/dist/esm/index.js';
setOwnFile(OURS);
const frame = (file: string): RawFrame => ({ function: 'f', file, line: 1, column: 1, async: false });

function describeAt(...files: string[]) {
  const facts = { frames: files.map(frame), deeper: false };
  const main = { kind: 'facts', facts, interrupted: true } as unknown as MainAnswer;
  return describeMain(main, { frames: createFrameReader({ startMs: 0 }), kernelOf: () => undefined });
}

describe('the main thread', () => {
  it('is idle if the signal has only just woken our own listener to it', () => {
    expect(describeAt(OURS, 'node:events')).toMatchObject({ state: 'idle', frames: [] });
  });

  it('runs JavaScript in the program, with our listener above it or not, and in Node’s own code', () => {
    for (const files of [['file:///srv/a.js'], [OURS, 'file:///srv/a.js'], ['node:fs']])
      expect(describeAt(...files)).toMatchObject({ state: 'running JavaScript' });
    expect(describeAt()).toMatchObject({ state: 'idle' });
  });
});
