import type { CalledFunction, Frame } from './frame.js';
import type { Late } from './late.js';
import type { SuspendedData } from './suspended.js';

/** One address pair, or one listening address, of this process. */
export type Socket = {
  readonly kind: string;
  readonly fd: number;
  readonly local: string;
  readonly remote?: string;
  readonly state: string;
};

/** Active timers, alike ones together, the first that is due first; and servers that listen. */
export type HandlesData = {
  readonly timers: readonly {
    readonly count: number;
    readonly ms: number;
    /** By `setInterval`. */
    readonly repeats: boolean;
    /** After `unref()`: it does not keep the process alive. */
    readonly unref: boolean;
    /** Until the first of them is due. */
    readonly dueMs: number;
    readonly callback?: CalledFunction;
  }[];
  /** `address` as it was asked for: its port may be 0. */
  readonly servers: readonly { readonly name: string; readonly address: string; readonly handler?: CalledFunction }[];
  /** How many there are: fewer may be told. */
  readonly timerCount: number;
  readonly serverCount: number;
  /** False if there was no time for the whole heap. */
  readonly whole: boolean;
};

export type GreenThreadsData = {
  /** Of a supplement, which has the suspended functions of main alone; and where an idle main waits, as in the header. */
  readonly late?: Late & { readonly waitsFor?: string };
  /** Every function that is suspended at an `await`. */
  readonly suspended?: SuspendedData;
  /** The chain of suspended callers that a running stack carries, innermost first. */
  readonly chains: readonly { readonly thread: string; readonly frames: readonly Frame[] }[];
  /** What keeps main's event loop alive, with its functions. Only in a report whose text is `full`. */
  readonly handles?: HandlesData | { readonly why: string };
  /** Counts of the resources that keep the event loop alive, by kind. Absent if main did not answer. */
  readonly resources?: { readonly [kind: string]: number };
  readonly sockets: readonly Socket[];
  /** How many sockets there are; `sockets` may be fewer. */
  readonly socketCount: number;
  /** A sentence on data that the section does not show. */
  readonly note: string;
};
