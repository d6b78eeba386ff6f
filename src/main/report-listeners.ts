import type { ToldReport } from '../protocol.js';
import { say } from '../stderr.js';
import { tellError } from './error-text.js';

type Listener = (report: ToldReport) => unknown;

/** The listeners of the program to reports. */
export class ReportListeners {
  readonly #listeners = new Set<Listener>();
  readonly #want: (wanted: boolean) => void;

  /** @param want called with `true` when a listener is added, with `false` when the last one is removed */
  constructor(want: (wanted: boolean) => void) {
    this.#want = want;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** @returns a function that removes it; the same listener may be added twice */
  add(listener: Listener): () => void {
    const own: Listener = (report) => callListener(listener, report);
    this.#listeners.add(own);
    this.#want(true);
    return () => {
      this.#listeners.delete(own);
      if (this.isEmpty) this.#want(false);
    };
  }

  tell(report: ToldReport): void {
    for (const listener of this.#listeners) void listener(report);
  }
}

/** It may throw, or reject. */
async function callListener(listener: Listener, report: ToldReport): Promise<void> {
  try {
    await listener(report);
  } catch (error) {
    say(`gmr: a listener to reports failed: ${tellError(error)}`);
  }
}
