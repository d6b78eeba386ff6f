import type { Failure } from './failure.js';
import type { Cargo } from './shipment.js';

/** A server that takes nothing of a kind is left alone for a while. */
export interface Rest {
  /** Undefined where a failure does not say so; else what is to be said of it: nothing, but for the first time. */
  hear(failure: Failure, cargo: Cargo): string | undefined;
  /** Why nothing is sent now, where that is so. */
  findReason(): string | undefined;
}

/** A collector without a pipeline for it, or Loki: there is no such path, or nothing listens to it. */
const STATUS: readonly (number | undefined)[] = [404, 405, 501];
/** VictoriaLogs' 400. */
const NO_PATH = /unsupported path requested/;

/** @param restMs undefined: never. */
export function createRest(restMs: number | undefined): Rest {
  let untilMs = 0;
  let reason: string | undefined;
  return {
    hear(failure, { noun, url }) {
      const isMeant = STATUS.includes(failure.status) || (failure.status === 400 && NO_PATH.test(failure.reason));
      if (restMs === undefined || !isMeant) return undefined;
      untilMs = performance.now() + restMs;
      if (reason !== undefined) return '';
      reason = failure.reason;
      return `no ${noun}s are taken by ${url} (${reason}): none are sent for ${Math.ceil(restMs / 60_000)} min`;
    },
    findReason: () => (performance.now() < untilMs ? reason : undefined),
  };
}
