const MAX_AT_ONCE = 3;
const REST_MS = 10 * 60_000;

/**
 * Attempts at something that may fail for a passing reason: on a machine without CPU there is no time, and a collection moves
 * objects. Some may be made at once, then one in ten minutes.
 */
export class Attempts {
  readonly #nowMs: () => number;
  #made = 0;
  #lastMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Whether one may be made now. */
  isLeft(): boolean {
    return this.#made < MAX_AT_ONCE || this.#nowMs() - this.#lastMs >= REST_MS;
  }

  /** The same, and counts it. */
  take(): boolean {
    if (!this.isLeft()) return false;
    this.#made += 1;
    this.#lastMs = this.#nowMs();
    return true;
  }
}
