/** Objects of a class, or of a kind; without `file` if it is V8's own. */
export type CensusRow = {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly count: number;
  readonly bytes: number;
  /** Since the census before, if there was one. */
  readonly countChange?: number;
  readonly bytesChange?: number;
};

/** What a heap is full of, garbage that was not collected yet included. */
export type HeapCensusData = {
  readonly thread: string;
  readonly objects: number;
  readonly bytes: number;
  /** Milliseconds since the census that this one is compared with. */
  readonly sinceMs?: number;
  /** Classes, object literals by their shape, and kinds of V8's own; the most bytes first. */
  readonly classes: readonly CensusRow[];
  readonly classCount: number;
  /** Closures by their function; the most first. */
  readonly closures: readonly Omit<CensusRow, 'bytes'>[];
  /** `upTo`: bytes of the largest of them. */
  readonly strings: readonly { readonly upTo: number; readonly count: number; readonly bytes: number }[];
  /** Arrays, Maps and Sets that are not empty, by their length. `upTo`: the length of the longest of them. */
  readonly lengths: readonly {
    readonly upTo: number;
    readonly array: number;
    readonly map: number;
    readonly set: number;
  }[];
  /** The longest first. */
  readonly longest: readonly CensusCollection[];
  /** False if there was no time for the whole heap, or if a collection of garbage moved objects while they were counted. */
  readonly whole: boolean;
};

export type CensusCollection = {
  readonly kind: 'array' | 'map' | 'set';
  readonly length: number;
  /** The property or variable that refers to it, if that is known: `Cache.entries`. */
  readonly keptIn?: string;
  /** Since the last census, of one that is kept in the same. */
  readonly lengthChange?: number;
};
