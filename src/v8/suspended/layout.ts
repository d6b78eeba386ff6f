import type { FreeLayout } from './free-space.js';
import type { PageLayout } from './page-header.js';

/** All that the walk needs and V8 does not export, learned and proved on our own isolate. */
export interface SuspendedLayout {
  /** PromiseReaction. */
  readonly next: number;
  readonly reject: number;
  readonly fulfill: number;
  /** The promise, or its PromiseCapability, that the reaction settles. */
  readonly target: number;
  /** SharedFunctionInfo: a builtin's number. */
  readonly builtin: number;
  /** AsyncGeneratorRequest. */
  readonly requestPromise: number;
  /** The instance type of JSGeneratorObject. */
  readonly generator: number;
  readonly joins: ReadonlyMap<number, Join>;
  /** A promise's function `resolve`. */
  readonly resolve: number;
  /** The elements of every promise and every suspended function; all isolates share them. */
  readonly noElements: number;
  readonly pages: PageLayout;
  readonly free: FreeLayout;
}

export type Join = 'Promise.all' | 'Promise.allSettled' | 'Promise.any';

/** Elements of the context of a builtin's closure. */
export const SLOT = 2;
export const CAPABILITY_SLOT = 3;
export const VALUES_SLOT = 4;
