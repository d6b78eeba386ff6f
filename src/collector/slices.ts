import { setImmediate as turnOfLoop } from 'node:timers/promises';

/** Milliseconds that long work may hold the event loop at a time. */
const SLICE_MS = 10;

/**
 * For loops whose length a sender decides. Returns a function to be called in each round: it returns a promise to be
 * awaited when the slice is used up, so that other requests are served in between.
 */
export function createSlices(): () => Promise<void> | undefined {
  let startedMs = performance.now();
  return () => {
    if (performance.now() - startedMs < SLICE_MS) return undefined;
    return turnOfLoop().then(() => {
      startedMs = performance.now();
    });
  };
}
