import { expect, it } from 'vitest';
import { findActivity } from '../../src/agent/activity.js';
import type { RawFrame } from '../../src/raw-frame.js';
import { startThread } from './thread.js';

/** A call of Node's own, as a thread has it that was woken by a signal. */
const WOKEN: RawFrame = { function: 'emit', file: 'node:events', line: 489, column: 44, async: false };

// With no deadline at all, as an agent has it that waited for a CPU until its deadline had passed.
const LATE = { frames: [WOKEN], look: async () => [WOKEN], profile: async () => undefined, deadlineMs: 0 };

it('of a thread that was only woken is asleep, however late the agent looks again', async () => {
  const osId = await startThread(
    'setInterval(() => {}, 60_000); const end = Date.now() + 5; while (Date.now() < end);',
  );
  expect(await findActivity({ ...LATE, osId })).toEqual({ activity: { kind: 'asleep' } });
});

it('of a thread that burns a CPU is not asleep', async () => {
  const osId = await startThread('for (;;);');
  expect((await findActivity({ ...LATE, osId, deadlineMs: 5000 })).activity?.kind).toBe('jobs');
});
