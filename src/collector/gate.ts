import { Refusal } from './refusal.js';

/** Runs up to `atOnce` actions at the same time. Up to `mayWait` further ones wait for their turn; beyond that they are refused. */
export class Gate {
  readonly #atOnce: number;
  readonly #mayWait: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, mayWait: number) {
    this.#atOnce = atOnce;
    this.#mayWait = mayWait;
  }

  /** @throws Refusal */
  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#mayWait)
        throw new Refusal(503, 'too many requests at the same time: try again');
      await new Promise<void>((go) => this.#waiting.push(go));
    } else this.#running += 1;
    try {
      return await action();
    } finally {
      // The next one takes over this place: a new action cannot come between them.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
