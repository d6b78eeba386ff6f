import type { Call } from '../calls.js';
import type { Settler } from '../holders/settler.js';
import type { JoinState } from './suspended-functions.js';

/** Equal chains of waiters: from a function that none waits for to the thing that it waits for in the end. */
export interface Chain<Place = Call> {
  /** How many functions are the first of such a chain. */
  readonly count: number;
  readonly steps: readonly ChainStep[];
  readonly end: ChainEnd;
  /** Some of the promises that such chains end at. */
  readonly roots: readonly number[];
  /** The numbers of the served requests that such chains belong to; of many, some. */
  readonly requests: readonly number[];
  /** The thing that would settle that promise, if it is known. */
  readonly settler?: Settler<Place>;
}

export interface ChainStep {
  /** An index of the places. */
  readonly place: number;
  /** How the step before it waits for this one, if not directly. */
  readonly join?: JoinState;
}

/**
 * A promise that no suspended function settles; one that is settled, so that the last step goes on soon; a step of its own; a
 * chain that is longer than is told; or it is not known, since not all was read.
 */
export type ChainEnd = 'promise' | 'ready' | 'circle' | 'deep' | 'unknown';
