export interface StallWatch {
  close(): void;
}

export interface StallOptions {
  readonly stallMs: number;
  /** Goes up with each turn of the loop that is watched; undefined while it is not to be watched. */
  readonly readBeat: () => number | undefined;
  /**
   * Called once a stall, when the loop has not turned for `stallMs`. Returns a function to call with the length at its end.
   */
  readonly onStall: () => (lastedMs: number) => void;
}

/** A look this often a stall: it is then noticed within a quarter of its bound. */
const LOOKS = 4;
const MIN_INTERVAL_MS = 5;

/** How often main has to show that its loop turns. */
export function beatIntervalMs(stallMs: number): number {
  return Math.max(MIN_INTERVAL_MS, Math.floor(stallMs / LOOKS));
}

/**
 * Watches another thread's loop from this one. What this thread itself was late by does not count: the whole process
 * was stopped, or the machine slept.
 */
export function watchStalls({ stallMs, readBeat, onStall }: StallOptions): StallWatch {
  const intervalMs = beatIntervalMs(stallMs);
  let beat: number | undefined;
  let stuckMs = 0;
  let onEnd: ((lastedMs: number) => void) | undefined;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const passedMs = Math.min(nowMs - lastMs, 2 * intervalMs);
    lastMs = nowMs;
    const current = readBeat();
    if (current === undefined || current !== beat) {
      beat = current;
      onEnd?.(stuckMs);
      onEnd = undefined;
      stuckMs = 0;
      return;
    }
    stuckMs += passedMs;
    if (stuckMs >= stallMs && onEnd === undefined) onEnd = onStall();
  }, intervalMs).unref();
  return { close: () => clearInterval(timer) };
}
