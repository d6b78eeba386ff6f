import type { Call } from '../calls.js';

/** The thing that would settle a promise which no suspended function settles. */
export interface Settler<Place = Call> {
  readonly kind: SettlerKind;
  /** `Pool.waiting`, `'drain' of Socket`, `queue`: names of the program's own, no values. */
  readonly label: string;
  /** How many the array, Map or Set has in which its `resolve` is kept. */
  readonly of?: number;
  /** The function that is called when it happens, if that is not `resolve` itself. */
  readonly callback?: Place;
  readonly timer?: Timer;
  /** The numbers of requests that this process has made, whose answer settles it; of many alike promises, of some. */
  readonly requests?: readonly number[];
}

/**
 * - `timer`, `event`: a listener of an emitter;
 * - `request`: a request of `fetch` or undici;
 * - `object`: a property of an instance of a class; `variable`: of a scope, a module or the global object;
 * - `promise`: a callback of another promise that is pending;
 * - `native`: an object of Node's own C++, as a file operation has;
 * - `suspended`: a variable of a suspended function;
 * - `nobody`: no JavaScript refers to its `resolve`.
 */
export type SettlerKind =
  | 'timer'
  | 'event'
  | 'request'
  | 'object'
  | 'promise'
  | 'native'
  | 'variable'
  | 'suspended'
  | 'nobody';

export interface Timer {
  /** Milliseconds. */
  readonly ms: number;
  /** When it is due, in milliseconds of its thread's clock of timers; NaN if it was cleared. */
  readonly at: number;
}
