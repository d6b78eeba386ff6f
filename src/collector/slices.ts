import { setImmediate as turnOfLoop } from 'node:timers/promises';

/** Milliseconds that long work may hold the event loop at a time. */
const SLICE_MS = 10;
/** The same for work that nobody waits for. It is shorter: a request needs a dozen turns of the loop for its answer. */
export const BACKGROUND_MS = 2;

/**
 * For loops whose length a sender decides. Returns a function to be called in each round: it returns a promise to be
 * awaited when the slice is used up, so that other requests are served in between.
 */
export function createSlices(sliceMs = SLICE_MS): () => Promise<void> | undefined {
  let startedMs = performance.now();
  return () => {
    if (performance.now() - startedMs < sliceMs) return undefined;
    return turnOfLoop().then(() => {
      startedMs = performance.now();
    });
  };
}
