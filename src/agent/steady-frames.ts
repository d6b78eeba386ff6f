import { setTimeout as pause } from 'node:timers/promises';
import type { RawFrame } from '../frames/raw.js';

/**
 * Each stops main for about a tenth of a millisecond. Of a loop that spends its time in three functions alike, one in
 * 60,000 reports then takes one of these for what it is stuck in; of one that spends nine tenths in one function, a third.
 */
const LOOKS = 10;
const PAUSE_MS = 1;

/**
 * How many of the outermost calls of a stack stay while it is looked at again and again. What a thread is stuck in stays;
 * what is above it comes and goes with each turn of the loop. 0 where nothing stays: it was not stuck.
 */
export async function countSteadyFrames(
  first: readonly RawFrame[],
  look: () => Promise<readonly RawFrame[] | undefined>,
  deadlineMs: number,
): Promise<number> {
  let steady = first.length;
  const endMs = performance.now() + deadlineMs;
  for (let looks = 0; looks < LOOKS && steady > 0; looks += 1) {
    // Not in step with the loop.
    await pause(PAUSE_MS * (0.5 + Math.random()), undefined, { ref: false });
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) break;
    const again = await Promise.race([look(), pause(leftMs, undefined, { ref: false })]);
    if (again === undefined) break;
    steady = countCommon(first, again, steady);
  }
  return steady;
}

function countCommon(first: readonly RawFrame[], again: readonly RawFrame[], atMost: number): number {
  let count = 0;
  while (count < atMost && isSame(first.at(-1 - count), again.at(-1 - count))) count += 1;
  return count;
}

function isSame(one: RawFrame | undefined, other: RawFrame | undefined): boolean {
  return (
    one !== undefined &&
    one.file === other?.file &&
    one.function === other.function &&
    one.enclosingLine === other.enclosingLine &&
    one.enclosingColumn === other.enclosingColumn
  );
}
