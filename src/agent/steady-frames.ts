import { setTimeout as pause } from 'node:timers/promises';
import type { Look } from '../main-facts.js';
import type { RawFrame } from '../raw-frame.js';

/**
 * Each look stops main for about a tenth of a millisecond. If a loop spends its time evenly in three functions, one report in
 * 6,000 then says that main is stuck in one of them. If it spends nine tenths in one function, two reports in five do.
 */
const LOOKS = 8;
/** Milliseconds that main must have run between two looks that count: otherwise it is found at the same place. */
const TURN_MS = 1;
const PAUSE_MS = 1;
/** Looks in a row that find main asleep: it may be so for a moment in each, on its way out of the last one. */
const ASLEEP_LOOKS = 4;

/** Looks at main's stack again and again, to find the calls that it is stuck in. It only passes through the others. */
export interface Looks {
  /** One look, while the agent goes on with something else; a look that comes too soon does not count. */
  glance(): void;
  /**
   * The number of outermost calls of a stack that are in each of several looks. The calls that a thread is stuck in stay;
   * those above them come and go with each turn of the loop. 0 if no call stays: the thread was not stuck.
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
      let asleep = 0;
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
          asleep = 0;
        } else if (!glanced) asleep = wantsCpu() ? 0 : asleep + 1;
        if (asleep === ASLEEP_LOOKS) break;
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
