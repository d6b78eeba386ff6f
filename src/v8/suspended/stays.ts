import { readSmi, toSmi, typeOf } from '../heap.js';
import type { Reading } from '../reading.js';
import { type Found, SUSPENDED_WORDS } from './scan.js';
import type { SuspendedFunctions } from './suspended-functions.js';

/**
 * Whether no function has gone on since it was found. If objects were made meanwhile, each has to wait as well: one that has gone on to
 * another promise waits by a reaction that was not read. A generator that is run as an async function is found by that alone.
 */
export function hasStayed(
  reading: Reading,
  functions: SuspendedFunctions,
  found: readonly Found[],
  hasGrown: boolean,
): boolean {
  const scanned = found.reduce((sum, { suspended }) => sum + suspended.length, 0) / SUSPENDED_WORDS;
  if (hasGrown && functions.count > scanned) return false;
  const { reaction } = reading.layout.promises;
  for (let one = 0; one < functions.count; one += 1) {
    if (!isStill(reading, functions, one)) return false;
    // A reaction becomes a job in place when its promise is settled.
    const waits = functions.isWaiting(one) && typeOf(reading, functions.reactionOf(one)) === reaction;
    if (!waits && (hasGrown || functions.isWaiting(one))) return false;
  }
  return found.every(({ others }) => others.every((pointer) => waitsForNothing(reading, pointer)));
}

/** False as well if it cannot be told. */
function waitsForNothing(reading: Reading, pointer: number): boolean {
  const { asyncGenerator, continuation, isAwaiting } = reading.layout.promises;
  if (readSmi(reading, pointer, continuation) < 0) return true;
  return typeOf(reading, pointer) === asyncGenerator && readSmi(reading, pointer, isAwaiting) === 0;
}

/** Whether it has gone on: to another `await`, to its end, or soon, by a job. False if it cannot be told, as it has moved. */
export function hasGoneOn(reading: Reading, functions: SuspendedFunctions, one: number): boolean {
  const { memory, layout } = reading;
  const { function: functionAt, fulfillJob, rejectJob } = layout.promises;
  const at = functions.addressOf(one) - 1;
  const state = functions.stateOf(one);
  if (memory.word(at) !== state.map || memory.word(at + functionAt) !== state.function) return false;
  if (!isStill(reading, functions, one)) return !memory.isSpent();
  const type = functions.isWaiting(one) ? typeOf(reading, functions.reactionOf(one)) : -1;
  return type === fulfillJob || type === rejectJob;
}

/** Whether it is where it was, at the same `await`. */
export function isStill({ memory, layout }: Reading, functions: SuspendedFunctions, one: number): boolean {
  const { promises } = layout;
  const at = functions.addressOf(one) - 1;
  const state = functions.stateOf(one);
  return (
    memory.word(at) === state.map &&
    memory.word(at + promises.function) === state.function &&
    toSmi(memory.word(at + promises.continuation)) === state.continuation &&
    toSmi(memory.word(at + promises.position)) === state.position
  );
}
