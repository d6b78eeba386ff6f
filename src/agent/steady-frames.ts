import { setTimeout as pause } from 'node:timers/promises';
import type { Look } from '../protocol.js';
import type { RawFrame } from '../raw-frame.js';

/**
 * Each stops main for about a tenth of a millisecond. Of a loop that spends its time in three functions alike, one
 * report in 6,000 then takes one of these for what it is stuck in; of one that spends nine tenths in one function, two
 * in five.
 */
const LOOKS = 8;
/** Between two looks that count main has run for so long: without, it would be found where it was. A look takes a part of it. */
const TURN_MS = 1;
const PAUSE_MS = 1;

/** Looks at main's stack again and again, to tell what it is stuck in from what it passes through. */
export interface Looks {
  /** One look, while the agent goes on with something else; a look that comes too soon does not count. */
  glance(): void;
  /**
   * How many of the outermost calls of a stack stayed, in as many more looks as it takes. What a thread is stuck in
   * stays; what is above it comes and goes with each turn of the loop. 0 where nothing stays: it was not stuck.
   */
  count(first: readonly RawFrame[]): Promise<number>;
}

export interface LooksOptions {
  /** Main's stack as it is when it answers; undefined when it does not. */
  look(): Promise<Look | undefined>;
  /** Whether main waits for nothing but a CPU. */
  wantsCpu(): boolean;
  readonly deadlineMs: number;
}

export function createLooks({ look, wantsCpu, deadlineMs }: LooksOptions): Looks {
  const glances: Promise<Look | undefined>[] = [];
  let askedMs = 0;
  const ask = () => {
    askedMs = performance.now();
    return look();
  };
  return {
    glance() {
      if (glances.length < LOOKS && performance.now() - askedMs >= TURN_MS) glances.push(ask());
    },
    async count(first) {
      const ended = new AbortController();
      const outOfTime = pause(deadlineMs, undefined, { ref: false, signal: ended.signal }).catch(() => undefined);
      const endMs = performance.now() + deadlineMs;
      let steady = first.length;
      let counted = 0;
      let last: Look | undefined;
      while (steady > 0 && counted < LOOKS && performance.now() < endMs) {
        const glanced = glances.shift();
        if (!glanced) await pause(PAUSE_MS * (0.5 + Math.random()), undefined, { ref: false });
        const now = await Promise.race([glanced ?? ask(), outOfTime]);
        if (now === undefined) break;
        steady = countCommon(first, now.frames, steady);
        if (hasRun(last, now)) {
          counted += 1;
          last = now;
        } else if (!glanced && !wantsCpu()) break;
      }
      ended.abort();
      return steady;
    },
  };
}

function hasRun(last: Look | undefined, now: Look): boolean {
  return last === undefined || (now.atMs - last.atMs >= TURN_MS && now.cpuMs - last.cpuMs >= TURN_MS);
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
