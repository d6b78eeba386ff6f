import { PATIENCE, readOwnClock } from '../thread-clock.js';

/** Milliseconds of two clocks: of the machine, and of the time that the calling thread has waited for a CPU. */
export interface Clocks {
  nowMs(): number;
  /** Undefined if the kernel does not count it. */
  waitedMs(): number | undefined;
}

const CLOCKS: Clocks = {
  nowMs: () => performance.now(),
  waitedMs: () => readOwnClock()?.waitedMs,
};

/** Whether a deadline has passed, or will have passed in `aheadMs` milliseconds. */
export type IsPast = (aheadMs?: number) => boolean;

/** Starts a deadline of `ms` milliseconds. Time in which this thread had no CPU does not count. */
export function startDeadline(ms: number, { nowMs, waitedMs }: Clocks = CLOCKS): IsPast {
  const startMs = nowMs();
  const startWaitedMs = waitedMs();
  let endMs = startMs + ms;
  let isPast = false;
  return (aheadMs = 0) => {
    const then = nowMs() + aheadMs;
    if (isPast || then <= endMs) return isPast;
    const lost = (waitedMs() ?? 0) - (startWaitedMs ?? 0);
    endMs = startMs + Math.min(ms + Math.max(0, lost), ms * PATIENCE);
    if (aheadMs === 0) isPast = then > endMs;
    return then > endMs;
  };
}
