import type { Value } from './value.js';

export type CrashData = {
  /** `uncaughtException` or `unhandledRejection`. */
  readonly origin: string;
  /** The thrown value, with its causes and, of an AggregateError, its errors. */
  readonly error: Value;
};
