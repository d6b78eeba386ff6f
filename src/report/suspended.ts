import type { Frame } from './frame.js';
import type { InFlightRequest } from './in-flight.js';

/** The functions of one thread that are suspended at an `await`, or why they are not known. */
export type SuspendedThread =
  | { readonly thread: string; readonly why: string }
  | {
      readonly thread: string;
      readonly count: number;
      /** Those of the chains, and others; each with how many functions are suspended there. The most first. */
      readonly places: readonly (Frame & { readonly count: number })[];
      /** How many places there are; `places` may be fewer. */
      readonly placeCount: number;
      /** The most frequent first. */
      readonly chains: readonly SuspendedChain[];
      readonly chainCount: number;
      /** Of `count`: functions that had left their `await` by the end of the read. */
      readonly goneOn: number;
      /** False if the heap changed while it was read: some that had just begun to wait may be missing. */
      readonly quiet: boolean;
      /** False if there was no time to read the whole heap. */
      readonly whole: boolean;
      /** Functions that are suspended for ever: the promise that they waited for is gone. They are not in `count`. */
      readonly lost: number;
      readonly note?: string;
    };

/** Equal chains of waiters, from a function that none waits for to the thing that it waits for in the end. */
export type SuspendedChain = {
  readonly count: number;
  /** `place`: an index of `places`. `by`: how the step before waits for this one, if not directly. */
  readonly steps: readonly { readonly place: number; readonly by?: string }[];
  /** `promise`: one that no suspended function settles. `ready`: one that is settled, so that it goes on soon. */
  readonly end: 'promise' | 'ready' | 'circle' | 'deep' | 'unknown';
  /** The thing that would settle that promise, if it is known. */
  readonly settler?: SuspendedSettler;
  /** The served requests in flight that such chains belong to, as far as they are known. */
  readonly requests?: { readonly count: number; readonly oldest: Pick<InFlightRequest, 'method' | 'path' | 'ageMs'> };
};

/** The thing that would settle a promise that no suspended function settles. */
export type SuspendedSettler = {
  /**
   * `timer`; `event`, of an emitter; `request`, one of `fetch` or undici; `object`, `variable`: where its function `resolve` is kept; `promise`: a callback of another
   * promise; `native`: an object of C++; `suspended`: a variable of a suspended function; `nobody`: no JavaScript refers to it.
   */
  readonly kind: 'timer' | 'event' | 'request' | 'object' | 'variable' | 'promise' | 'native' | 'suspended' | 'nobody';
  /** `Pool.waiting`, `'drain' of Socket`: names that the program gives, no values. */
  readonly name: string;
  /** How many the array, Map or Set has in which `resolve` is kept. */
  readonly of?: number;
  /** Milliseconds that it runs, and until it is due: less than 0 if it is late, absent if that is not known. */
  readonly timer?: { readonly ms: number; readonly dueMs?: number };
  /** The function that is called then. */
  readonly callback?: Frame;
  /** The requests in flight that this process has made, whose answer settles it. `count` is absent if they are some of more. */
  readonly requests?: { readonly count?: number; readonly oldest: MadeRequest };
};

/** A request that this process has made. */
export type MadeRequest = Pick<InFlightRequest, 'protocol' | 'method' | 'peer' | 'path' | 'ageMs'>;

export type SuspendedData = {
  readonly threads: readonly SuspendedThread[];
};
