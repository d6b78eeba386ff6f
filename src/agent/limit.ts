/** At most so many reports in any minute. */
export interface Limit {
  /** Whether one more may be made now; counts it. */
  admit(maxPerMinute: number): boolean;
  /** How many were not admitted since this was last asked. */
  takeRefused(): number;
}

const MINUTE_MS = 60_000;

export function createLimit(): Limit {
  let admittedMs: number[] = [];
  let refused = 0;
  return {
    admit(maxPerMinute) {
      const nowMs = performance.now();
      admittedMs = admittedMs.filter((ms) => nowMs - ms < MINUTE_MS);
      if (admittedMs.length < maxPerMinute) {
        admittedMs.push(nowMs);
        return true;
      }
      refused += 1;
      return false;
    },
    takeRefused() {
      const count = refused;
      refused = 0;
      return count;
    },
  };
}
