import type { Join } from './layout.js';

/** A suspended function or generator, and what it waits for. */
export interface Suspended {
  readonly address: number;
  readonly map: number;
  /** JSFunction. */
  readonly function: number;
  /** As it is in the object: an offset in the bytecode. */
  readonly position: number;
  readonly continuation: number;
  /** The promise that it is suspended on is pending. */
  waits: boolean;
  /** That promise is settled: it goes on when the thread comes to it. */
  ready: boolean;
  /** Those that it waits for; none if the promise is not a function's. */
  on: readonly Suspended[];
  /** By way of which. */
  join?: JoinState;
  /** Promises that it waits for in the end, and no suspended function settles. */
  roots: readonly number[];
  /** The promise that it is suspended on; NaN, which V8 keeps as it keeps an address, if that is not known. */
  awaited: number;
  /** The newest reaction by which it waits; NaN if it waits for none. */
  reaction: number;
}

export interface JoinState {
  readonly kind: Join | 'Promise.race';
  readonly settled?: number;
  readonly of?: number;
}
