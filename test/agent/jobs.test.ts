import { describe, expect, it } from 'vitest';
import { findActivity, type Watched } from '../../src/agent/activity.js';
import type { RawFrame } from '../../src/raw-frame.js';
import { startThread } from './thread.js';

const NODE: RawFrame = {
  function: 'run',
  file: 'node:internal/modules/esm/module_job',
  line: 1,
  column: 1,
  async: false,
};
const BEGIN: RawFrame = { function: 'begin', file: '/srv/app.mjs', line: 9, column: 1, async: false };
const SPIN: RawFrame = { function: 'spin', file: '/srv/app.mjs', line: 2, column: 3, async: false };

/** A thread that burns a CPU, found in these stacks one after the other, then in the last one. */
async function watch(stacks: readonly (readonly RawFrame[])[]): Promise<Watched> {
  const osId = await startThread('for (;;);');
  const [frames = [], ...left] = stacks;
  const look = async () => (left.length > 1 ? left.shift() : left[0]);
  return { osId, frames, look, profile: async () => undefined, deadlineMs: 5000 };
}

describe('the activity of a thread that burns a CPU', () => {
  it('is a long call, and no jobs, if only the first look met none', async () => {
    const starting = Array.from({ length: 4 }, () => [BEGIN, NODE]);
    expect(await findActivity(await watch([[NODE], ...starting, [SPIN, BEGIN, NODE]]))).toEqual({
      frames: [SPIN, BEGIN, NODE],
    });
  });

  it('is jobs if it is met in a call now and then', async () => {
    const seldom = Array.from({ length: 60 }, (_, n) => (n % 5 === 0 ? [SPIN] : []));
    const { activity } = await findActivity(await watch([[], ...seldom]));
    expect(activity).toMatchObject({ kind: 'jobs', met: [{ frame: SPIN }] });
  });

  it('is jobs if it goes from one function to another and back', async () => {
    const both = Array.from({ length: 60 }, (_, n) => [n % 2 === 0 ? SPIN : BEGIN]);
    const { activity } = await findActivity(await watch([[], ...both]));
    expect(activity).toMatchObject({ kind: 'jobs' });
  });
});
