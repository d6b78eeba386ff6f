import { setTimeout as pause } from 'node:timers/promises';
import type { MainAnswer } from '../sections/sources.js';
import type { SuspendedSource } from '../sections/suspended-thread.js';
import type { Settings } from '../settings.js';
import type { Held, SharedState } from '../shared-state.js';
import { CpuWatch } from '../thread-clock.js';
import { hookExpression } from './expressions.js';
import type { Sessions } from './sessions.js';
import { isCut, readMain, type Walking } from './suspended.js';

export interface HoldingReading extends Walking {
  readonly sessions: Sessions;
  readonly shared: Walking['shared'] & Pick<SharedState, 'wantHold' | 'held' | 'letGo'>;
}

/** Main is let go after that, whatever has been read. */
const HOLD_MS = 5000;
/** No slice is begun after that. */
const READ_MS = 3500;
/** Main has that long to come to the hook, longer where it waits for a CPU; and to leave it. */
const COME_MS = 2000;
const LOOK_MS = 1;

const ATTEMPTS = 4;

let holds = 0;

/** The suspended functions of main, read while it is held: nothing moves or is missed. A note says why it was not held. */
export async function lookExactly(
  reading: HoldingReading,
  memoryReader: Settings['memoryReader'],
  main: MainAnswer,
): Promise<{ readonly source?: SuspendedSource; readonly notes: readonly string[] }> {
  const refuse = (why: string) => ({ notes: [`main was not held (--exact): ${why}`] });
  if (memoryReader === 'off') return refuse('its memory is not read');
  if (main.kind !== 'facts') return refuse('it did not answer');
  try {
    let source = await walkHeld(reading, main);
    // It was held between two areas of new objects: new objects cannot be told from dead ones.
    for (let attempt = 1; attempt < ATTEMPTS && source && !isQuiet(source); attempt += 1)
      source = await walkHeld(reading, main);
    return source ? { source, notes: [] } : refuse('it did not come in time, or not for long enough');
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function isQuiet({ look }: SuspendedSource): boolean {
  return !('suspended' in look) || look.suspended.isQuiet;
}

async function walkHeld(reading: HoldingReading, main: MainAnswer): Promise<SuspendedSource | undefined> {
  const { shared, sessions } = reading;
  const opened = sessions.open();
  try {
    shared.wantHold();
    const question = opened.session.ask(hookExpression({ kind: 'hold', boundMs: HOLD_MS }), 2 * HOLD_MS);
    const state = await awaitHold(shared);
    if (state === undefined) return undefined;
    const endMs = performance.now() + READ_MS;
    let source: SuspendedSource;
    holds += 1;
    const hold = { state, hold: holds };
    source = readMain(reading, main, { held: hold });
    while (isCut(source) && performance.now() < endMs) source = readMain(reading, main, { held: hold, isLater: true });
    const wasHeld = shared.held() !== undefined;
    shared.letGo();
    await question.within(COME_MS);
    return wasHeld ? source : undefined;
  } finally {
    shared.letGo();
    opened.release();
  }
}

async function awaitHold(shared: HoldingReading['shared']): Promise<Held | undefined> {
  const startMs = performance.now();
  const cpu = new CpuWatch(process.pid);
  for (;;) {
    const held = shared.held();
    if (held !== undefined || performance.now() - startMs > COME_MS + cpu.extra(COME_MS)) return held;
    await pause(LOOK_MS);
  }
}
