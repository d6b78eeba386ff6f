import type { Failure } from './failure.js';

/** A server that takes nothing of a kind is left alone for a while. */
export interface Rest {
  /** Whether a failure says so, and whether it is the first that does. */
  hear(failure: Failure): 'no' | 'first' | 'again';
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
  let reason = '';
  return {
    hear(failure) {
      const isMeant = STATUS.includes(failure.status) || (failure.status === 400 && NO_PATH.test(failure.reason));
      if (restMs === undefined || !isMeant) return 'no';
      const word = reason === '' ? 'first' : 'again';
      ({ reason } = failure);
      untilMs = performance.now() + restMs;
      return word;
    },
    findReason: () => (performance.now() < untilMs ? reason : undefined),
  };
}
