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

/**
 * Starts a deadline of `ms` milliseconds; the function that is returned says whether it has passed. Time in which this
 * thread had no CPU does not count.
 */
export function startDeadline(ms: number, { nowMs, waitedMs }: Clocks = CLOCKS): () => boolean {
  const startMs = nowMs();
  const startWaitedMs = waitedMs();
  let endMs = startMs + ms;
  let isPast = false;
  return () => {
    const now = nowMs();
    if (isPast || now <= endMs) return isPast;
    const lost = (waitedMs() ?? 0) - (startWaitedMs ?? 0);
    endMs = startMs + Math.min(ms + Math.max(0, lost), ms * PATIENCE);
    isPast = now > endMs;
    return isPast;
  };
}
