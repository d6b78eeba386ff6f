import { setTimeout as pause } from 'node:timers/promises';
import type { RawFrame } from '../frames/raw.js';

/**
 * Each stops main for about a tenth of a millisecond. Of a loop that spends two thirds of its time in one function, one
 * report in 650 then takes that function for what it is stuck in; with nine tenths, one in five.
 */
const LOOKS = 15;
/** CPU time that main has between two looks, on average: without, it would be found where it was. */
const TURN_MS = 1;

export interface Looks {
  /** Main's stack as it is now; undefined when it does not answer. */
  look(): Promise<readonly RawFrame[] | undefined>;
  /** CPU time that main has used; undefined where the system does not tell. */
  readCpuMs(): number | undefined;
  /** Whether main waits for nothing but a CPU. */
  wantsCpu(): boolean;
  readonly deadlineMs: number;
}

/**
 * How many of the outermost calls of a stack stay while it is looked at again and again. What a thread is stuck in stays;
 * what is above it comes and goes with each turn of the loop. 0 where nothing stays: it was not stuck.
 */
export async function countSteadyFrames(first: readonly RawFrame[], looks: Looks): Promise<number> {
  let steady = first.length;
  const looked = new AbortController();
  const ended = { ref: false, signal: looked.signal };
  const outOfTime = pause(looks.deadlineMs, undefined, ended).catch(() => undefined);
  const endMs = performance.now() + looks.deadlineMs;
  for (let n = 0; n < LOOKS && steady > 0; n += 1) {
    await letRun(looks, endMs);
    const again = performance.now() < endMs ? await Promise.race([looks.look(), outOfTime]) : undefined;
    if (again === undefined) break;
    steady = countCommon(first, again, steady);
  }
  looked.abort();
  return steady;
}

/** Until main has run for a while, a different one each time: not in step with the loop; or has nothing to run. */
async function letRun({ readCpuMs, wantsCpu }: Looks, endMs: number): Promise<void> {
  const enoughMs = (readCpuMs() ?? 0) + TURN_MS * (0.5 + Math.random());
  do {
    await pause(TURN_MS, undefined, { ref: false });
  } while (performance.now() < endMs && (readCpuMs() ?? enoughMs) < enoughMs && wantsCpu());
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
