/** Milliseconds between tries. */
export interface BackoffSettings {
  /** The pause before the second try; it doubles with each try that fails. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  /** The longest stay in memory; the loop wakes at least this often while something waits. */
  readonly keepMs: number;
}

/** The longest `Retry-After` that is respected. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** The pauses between tries: one timer for all entries that wait. */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #onWake: (isDue: boolean) => void;
  #failures = 0;
  #timer: { readonly handle: NodeJS.Timeout; readonly dueMs: number } | undefined;
  #retryAfterMs = 0;

  /** `onWake` is called when a try is due, and before that every `keepMs`. */
  constructor(settings: BackoffSettings, onWake: (isDue: boolean) => void) {
    this.#settings = settings;
    this.#onWake = onWake;
  }

  /** Whether a server's `Retry-After` still holds. */
  get isHeld(): boolean {
    return performance.now() < this.#retryAfterMs;
  }

  /** Starts over with the first pause: the server took something. */
  reset(): void {
    this.#failures = 0;
  }

  /** Returns the time of the next try. A time that is already set stays, unless the server asks for a later one. */
  schedule(retryAfterMs: number): number {
    const nowMs = performance.now();
    const { firstPauseMs, maxPauseMs } = this.#settings;
    if (retryAfterMs > 0)
      this.#retryAfterMs = Math.max(this.#retryAfterMs, nowMs + Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
    if (this.#timer) return this.#timer.dueMs >= this.#retryAfterMs ? this.#timer.dueMs : this.#arm(this.#retryAfterMs);
    const spread = 0.8 + 0.4 * Math.random();
    const pauseMs = Math.min(firstPauseMs * 2 ** this.#failures, maxPauseMs) * spread;
    this.#failures += 1;
    return this.#arm(Math.max(this.#retryAfterMs, nowMs + pauseMs));
  }

  stop(): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
  }

  #arm(dueMs: number): number {
    clearTimeout(this.#timer?.handle);
    const pauseMs = Math.min(dueMs - performance.now(), this.#settings.keepMs);
    this.#timer = { handle: setTimeout(() => this.#wake(dueMs), pauseMs).unref(), dueMs };
    return dueMs;
  }

  #wake(dueMs: number): void {
    const isDue = performance.now() >= dueMs;
    this.#timer = undefined;
    if (!isDue) this.#arm(dueMs);
    this.#onWake(isDue);
  }
}
