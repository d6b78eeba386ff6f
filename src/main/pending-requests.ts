import type { DeliveryOutcome, GeneratedReport, ToMain } from '../protocol.js';

/** A report that code of the program has asked for. */
export interface Request {
  readonly print: boolean;
  /** Whether it is also sent. */
  readonly deliver: boolean;
  resolve(report: GeneratedReport): void;
  reject(error: Error): void;
  delivered(outcome: DeliveryOutcome): void;
}

/** Requests that the agent has, by number. */
export class PendingRequests {
  readonly #requests = new Map<number, Request>();
  #next = 1;

  nextNumber(): number {
    return this.#next++;
  }

  add(number: number, request: Request): void {
    this.#requests.set(number, request);
  }

  take(message: Extract<ToMain, { readonly request: number }>): void {
    const request = this.#requests.get(message.request);
    if (message.type === 'report') request?.resolve(message.report);
    else {
      if (message.type === 'failed') request?.reject(new Error(`no report: ${message.reason}`));
      else request?.delivered(message.outcome);
      this.#requests.delete(message.request);
    }
  }

  /** Ends all: the agent that has them is gone. */
  giveUp(reason: string): void {
    for (const request of this.#requests.values()) {
      request.reject(new Error(`no report: the agent thread ended (${reason})`));
      request.delivered({ taken: false, sentence: `not known: the agent thread ended (${reason})` });
    }
    this.#requests.clear();
  }
}
