import type { Failure } from './http/failure.js';

/** The answers of a collector without a pipeline for the signal, and of Loki. */
const UNWANTED_STATUS: readonly (number | undefined)[] = [404, 405, 501];
/** VictoriaLogs' 400. */
const UNWANTED_PATH = /unsupported path requested/;

/** A circuit breaker: nothing of a signal is sent for a while to a server that takes nothing of it. */
export class Breaker {
  readonly #breakMs: number;
  #untilMs = 0;
  #reason: string | undefined;

  /** @param breakMs how long it stays open; 0: it never opens */
  constructor(breakMs: number) {
    this.#breakMs = breakMs;
  }

  /** Why nothing is sent now; undefined if it is closed. */
  get openReason(): string | undefined {
    return performance.now() < this.#untilMs ? this.#reason : undefined;
  }

  /** Opens the breaker if the failure says that the server takes nothing of the signal; returns `closed` if it does not. */
  recordFailure({ status, reason, unwanted }: Failure): 'closed' | 'opened' | 'opened again' {
    const isUnwanted =
      unwanted !== undefined || UNWANTED_STATUS.includes(status) || (status === 400 && UNWANTED_PATH.test(reason));
    if (this.#breakMs === 0 || !isUnwanted) return 'closed';
    const isFirst = this.#reason === undefined;
    this.#untilMs = performance.now() + this.#breakMs;
    this.#reason ??= reason;
    return isFirst ? 'opened' : 'opened again';
  }
}
