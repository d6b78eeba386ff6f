import { type Deferred, deferred } from '../deferred.js';
import type { OtlpHeaders } from '../otlp-options.js';
import { startTimeLimit } from '../time-limit.js';

/** Milliseconds that a delivery waits for main to call the program's function. */
const ANSWER_MS = 300;
/** Milliseconds after which main is asked again although it has not answered. */
const ASK_AGAIN_MS = 30_000;

/** The headers that main asks the program for. While main does not answer, the last ones count. */
export class AskedHeaders {
  readonly #ask: () => void;
  #last: OtlpHeaders | undefined;
  #pending: { readonly sinceMs: number; readonly answered: Deferred<void> } | undefined;

  constructor(last: OtlpHeaders | undefined, ask: () => void) {
    this.#last = last;
    this.#ask = ask;
  }

  /** Undefined if the function has failed. */
  hear(headers: OtlpHeaders | undefined): void {
    if (headers) this.#last = headers;
    this.#pending?.answered.resolve();
    this.#pending = undefined;
  }

  /** @throws Error, as a rejection, if there have never been headers; it is worth another try */
  async read(): Promise<OtlpHeaders> {
    if (!this.#pending || performance.now() - this.#pending.sinceMs > ASK_AGAIN_MS) this.#begin();
    const late = deferred<void>();
    const limit = startTimeLimit(() => late.resolve(), ANSWER_MS).unref();
    await Promise.race([this.#pending?.answered.promise, late.promise]);
    limit.end();
    if (this.#last === undefined)
      throw Object.assign(new Error('otlp.headers has not returned headers yet'), { code: 'EAGAIN' });
    return this.#last;
  }

  #begin(): void {
    this.#pending = { sinceMs: performance.now(), answered: deferred() };
    this.#ask();
  }
}
