import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { findActivity } from '../../src/agent/activity.js';
import { waitsForEvents } from '../../src/procfs/thread.js';
import type { RawFrame } from '../../src/raw-frame.js';
import { readStateLetter, readThreadClock } from '../../src/thread-clock.js';
import { eventually } from '../procfs/helpers.js';
import { startThread } from './thread.js';

/** A call of Node's own, as a thread has it that was woken by a signal. */
const WOKEN: RawFrame = { function: 'emit', file: 'node:events', line: 489, column: 44, async: false };

// With no deadline at all, as an agent has it that waited for a CPU until its deadline had passed.
const LATE = { frames: [WOKEN], look: async () => [WOKEN], profile: async () => undefined, deadlineMs: 0 };

it('of a thread that was only woken is asleep', async () => {
  const osId = await startThread(
    'setInterval(() => {}, 60_000); const end = Date.now() + 5; while (Date.now() < end);',
  );
  expect(await findActivity({ ...LATE, osId, deadlineMs: 60_000 })).toEqual({ activity: { kind: 'asleep' } });
});

it('of a thread that sleeps is asleep, however late the agent looks again', async () => {
  const osId = await startThread('setInterval(() => {}, 60_000);');
  await eventually(() => readStateLetter(osId) === 'S' && waitsForEvents(osId));
  expect(await findActivity({ ...LATE, osId })).toEqual({ activity: { kind: 'asleep' } });
});

it('of a thread that burns a CPU is not asleep', async () => {
  const osId = await startThread('for (;;);');
  expect((await findActivity({ ...LATE, osId, deadlineMs: 5000 })).activity?.kind).toBe('jobs');
});

/** As Node names the native function: it has no lines. */
const WAIT: RawFrame = { function: 'Atomics.wait', file: '', line: 0, column: 0, async: false };

it('of a thread in Atomics.wait is that, though it runs for long to answer', async () => {
  const osId = await startThread(
    'const end = Date.now() + 300; while (Date.now() < end); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
  );
  const watched = { ...LATE, frames: [WAIT], osId, deadlineMs: 60_000 };
  expect(await findActivity(watched)).toEqual({ activity: { kind: 'waiting' } });
});

it('of a thread that runs in a native function named wait, and waits for a lock now and then, is not known', async () => {
  const osId = await startThread(
    `const lock = new Int32Array(new SharedArrayBuffer(4));
     for (;;) {
       const end = performance.now() + 5;
       while (performance.now() < end);
       Atomics.wait(lock, 0, 0, 0.02);
     }`,
  );
  // While it starts, it may sleep for milliseconds.
  await eventually(() => (readThreadClock(osId)?.cpuMs ?? 0) > 200);
  expect(await findActivity({ ...LATE, frames: [WAIT], osId, deadlineMs: 200 })).toEqual({});
});

it('of a thread that has ended is not known, and not waited for', async () => {
  const osId = await startThread('process.exit();');
  while (readStateLetter(osId) !== '') await pause(1);
  expect(await findActivity({ ...LATE, osId, deadlineMs: 3600_000 })).toEqual({});
});
