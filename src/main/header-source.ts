import { isHeaders, type OtlpHeaders, type OtlpOptions } from '../otlp-options.js';
import { say } from '../stderr.js';
import { tellError } from './plain.js';

/** The `otlp.headers` that are a function of the program: they may change, as tokens do. */
export class HeaderSource {
  readonly #send: (headers: OtlpHeaders | undefined) => void;
  #read: OtlpOptions['headers'];
  #last: OtlpHeaders | undefined;
  #lastProblem = '';

  /** @param send gets undefined if the function has failed */
  constructor(send: (headers: OtlpHeaders | undefined) => void) {
    this.#send = send;
  }

  /** The last value; undefined if the function has never returned one. */
  get last(): OtlpHeaders | undefined {
    return this.#last;
  }

  set(headers: OtlpOptions['headers']): void {
    if (headers === this.#read) return;
    this.#read = headers;
    this.#last = undefined;
    void this.ask();
  }

  /** Calls the function and sends what it returns, now or later. Never rejects; tells each problem once. */
  async ask(): Promise<void> {
    const read = this.#read;
    if (typeof read !== 'function') return;
    try {
      const headers: unknown = await read();
      if (!isHeaders(headers))
        throw new TypeError(`expected an object of header names and texts, got ${typeof headers}`);
      if (read !== this.#read) return;
      this.#last = { ...headers };
      this.#lastProblem = '';
      this.#send(this.#last);
    } catch (error) {
      const instead = this.#last ? 'using its last value' : 'nothing is sent before it returns headers';
      const problem = `gmr: otlp.headers failed: ${tellError(error)}; ${instead}`;
      if (problem !== this.#lastProblem) say(problem);
      this.#lastProblem = problem;
      this.#send(undefined);
    }
  }
}
