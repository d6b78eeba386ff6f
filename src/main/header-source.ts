import { isHeaders, type OtlpHeaders, type OtlpOptions } from '../otlp-options.js';
import { nameKind } from '../setting-kinds.js';
import { say } from '../stderr.js';

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
    let problem: string;
    try {
      const headers: unknown = await read();
      if (isHeaders(headers)) return this.#take(read, headers);
      problem = `it returned ${nameKind(headers)}, expected an object of header names and texts`;
    } catch (error) {
      problem = tellKind(error);
    }
    if (read === this.#read) this.#tell(problem);
  }

  #take(read: OtlpOptions['headers'], headers: OtlpHeaders): void {
    if (read !== this.#read) return;
    this.#last = { ...headers };
    this.#lastProblem = '';
    this.#send(this.#last);
  }

  #tell(problem: string): void {
    const instead = this.#last ? 'using its last value' : 'nothing is sent before it returns headers';
    if (problem !== this.#lastProblem) say(`gmr: otlp.headers failed (${problem}); ${instead}`);
    this.#lastProblem = problem;
    this.#send(undefined);
  }
}

/** The kind of an error. Its message is left out: that of an HTTP client may contain the token. */
function tellKind(error: unknown): string {
  return error instanceof Error && typeof error.name === 'string' ? error.name : typeof error;
}
