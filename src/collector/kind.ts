import type { Row } from './index-file.js';
import type { Signal } from './otlp.js';

/** A kind of things that lines of data hold: reports in logs, traces in spans. */
export interface Kind<T> {
  readonly signal: Signal;
  /** Lines without it are not parsed. */
  readonly word: string;
  /** Only so many, the newest, are kept in memory: a sender can invent millions of ids. */
  readonly maxThings: number;
  /** The things of one request. @throws TypeError if it is not OTLP */
  extract(request: unknown): Promise<readonly T[]>;
  toRow(thing: T): Row;
  /** Makes things of rows again, and merges things with the same id. */
  createReader(): { read(row: Row): T; merge(one: T, other: T): T };
  /** Whether lists and groups that hold `one` stay correct if it becomes `other`. */
  isAlike(one: T, other: T): boolean;
}
