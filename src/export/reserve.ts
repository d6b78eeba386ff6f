import { closeSync, openSync } from 'node:fs';

/**
 * Descriptors that are held in case the process runs out of them. A report needs one for its file, and for each
 * signal one to ask for the collector's address and one for the connection.
 */
export class Reserve {
  readonly #size: number;
  readonly #held: number[] = [];
  #lent = 0;

  constructor(size = 5) {
    this.#size = size;
    this.#fill();
  }

  /** The descriptors that are held. */
  list(): readonly number[] {
    return this.#held;
  }

  /** Runs `work`; if the process has no descriptor left for it, once more with one of the reserve. */
  use<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isExhausted(error) || !this.#release()) throw error;
      try {
        return work();
      } finally {
        this.#fill();
      }
    }
  }

  /** Frees descriptors of the reserve until `count` are free, if it holds enough. The caller returns them with `end`, once. */
  lend(count: number): { end(): void } {
    this.#lent += count;
    const missing = this.#lent - countFree(this.#lent);
    for (let n = 0; n < missing; n += 1) this.#release();
    return {
      end: () => {
        this.#lent -= count;
        if (this.#lent === 0) this.#fill();
      },
    };
  }

  #release(): boolean {
    const descriptor = this.#held.pop();
    if (descriptor === undefined) return false;
    closeSync(descriptor);
    return true;
  }

  #fill(): void {
    this.#held.push(...openMany(this.#size - this.#held.length));
  }
}

function countFree(wanted: number): number {
  const opened = openMany(wanted);
  for (const descriptor of opened) closeSync(descriptor);
  return opened.length;
}

/** As many as there are, up to `count`. */
function openMany(count: number): number[] {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync('/dev/null', 'r'));
  } catch {
    // No descriptor is left, or there is no /dev/null: Windows.
  }
  return opened;
}

function isExhausted(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}
