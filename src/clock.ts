/** Read before the program runs: its tests may install another clock. */
const { hrtime } = process;

/**
 * Milliseconds of the machine's monotonic clock since some moment, the same for all threads. `performance.now` would load
 * `node:perf_hooks`, which takes as long as a quarter of the start.
 */
export function readClockMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
