import type { Settler } from './settler.js';

/** The point that a way upwards from a `resolve` has come to. */
export interface Cursor {
  readonly at: number;
  /** The properties that lead from the object at which it is to that `resolve`. */
  readonly path: string;
  /** Of an array or a table: the element by which it came. */
  readonly index?: number;
  /** How many the innermost array, Map or Set on the way has. */
  readonly of?: number;
  /** The innermost function of a program on the way. */
  readonly callback?: number;
  /**
   * `request`: it is in a variable or object of undici's, and only a request that it belongs to tells more than that. `reaction`,
   * `promise`, `context`: it is called when another promise is settled; on the way to the functions that settle that one.
   */
  readonly way?: 'request' | 'reaction' | 'promise' | 'context';
}

/** The way ends: enough is known. */
export interface Found {
  readonly settler: Settler;
  /** The less, the more it tells. */
  readonly rank: number;
  /** From where something that tells more may be found. */
  readonly beyond?: Cursor;
}

export const RANK = {
  timer: 0,
  request: 0.5,
  event: 1,
  errorEvent: 1.5,
  object: 2,
  promise: 2.5,
  /** It was cleared, or has fired: another thing settles it rather. */
  pastTimer: 2.7,
  internal: 3,
  native: 4,
  variable: 5,
  suspended: 8,
} as const;
