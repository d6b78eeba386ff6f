import type { RawFrame } from './raw-frame.js';
import type { ActiveSpan, InFlightRequest, InFlightSpan, SpanReference, Value } from './report.js';

/** The agent's questions to main, and main's answers as plain data. */

/** The attributes of the resource of the application's SDK. */
export type ApplicationResource = { readonly [name: string]: string | number | boolean | readonly string[] };

/** Main's stack at a moment, for a comparison with its stack at another one. */
export interface Look {
  readonly frames: readonly RawFrame[];
  /** Of main's own clock. */
  readonly atMs: number;
  /** CPU time of the thread. */
  readonly cpuMs: number;
}

/** A request of the agent to the hook on main. */
export type Ask =
  | { readonly kind: 'facts'; readonly report: string }
  /** The stack alone: a `Look`. */
  | { readonly kind: 'frames' }
  /** Keeps main where it is, until the agent lets it go, `boundMs` at most. */
  | { readonly kind: 'hold'; readonly boundMs: number }
  /** Runs the registered generators from index `from` on; `resume`: after the one that was terminated. */
  | { readonly kind: 'items'; readonly report: string; readonly from: number | 'resume'; readonly budgetMs: number };

export interface MainFacts {
  readonly frames: readonly RawFrame[];
  /** Whether there were more calls than are shown. */
  readonly deeper: boolean;
  readonly title: string;
  /** Host and port on which the inspector listens, if it does. */
  readonly inspectorAddress?: string;
  readonly environment: { readonly [name: string]: string };
  /** Kinds of libuv resources that keep the loop alive, with their count. */
  readonly resources: { readonly [kind: string]: number };
  readonly memory: { readonly [name: string]: number };
  readonly heap: { readonly [name: string]: number };
  readonly heapSpaces: readonly { readonly name: string; readonly usedBytes: number; readonly sizeBytes: number }[];
  readonly loop: LoopFacts;
  readonly inFlight: InFlightFacts;
  /** How many sections and groups are registered. */
  readonly registered: number;
  /** Main-thread time this answer took. */
  readonly pauseMs: number;
}

/** Main's position in the code when it asks for a report itself. */
export interface Caller {
  readonly frames: readonly RawFrame[];
  readonly work: CallerWork;
}

/** The span and the request that running code belongs to. */
export interface CallerWork {
  readonly span?: ActiveSpan;
  /** The `id` of the request that it serves. */
  readonly request?: number;
}

export interface InFlightFacts extends CallerWork {
  readonly requests: readonly RequestFact[];
  readonly requestCount: number;
  readonly spans: readonly Omit<InFlightSpan, 'active'>[];
  readonly spanCount: number;
  readonly resource?: ApplicationResource;
  /** Sentences on requests and spans that cannot be seen. */
  readonly notes: readonly string[];
}

export interface RequestFact extends Omit<InFlightRequest, 'active' | 'waitsAt'> {
  readonly id: number;
  /** The span that the application made for it. */
  readonly span?: SpanReference;
}

export interface LoopFacts {
  /** Share of its time that the loop was busy since start, 0 to 1. */
  readonly utilization: number;
  /** The same over the time since the last report, if there was one. */
  readonly recentUtilization?: number;
  readonly delay?: { readonly [percentile: string]: number };
  readonly gc?: {
    readonly [kind: string]: { readonly count: number; readonly totalMs: number; readonly maxMs: number };
  };
}

/** The result of one registered generator: a section, or a group of the Configuration section. */
export interface Item {
  readonly index: number;
  readonly kind: 'section' | 'group';
  readonly title: string;
  /** For a group: its keys that were declared secret. */
  readonly secret?: readonly string[];
  readonly status: 'ok' | 'failed' | 'timed_out' | 'pending';
  readonly startMs: number;
  readonly endMs: number;
  readonly data?: Value;
  readonly text?: string;
  readonly error?: string;
}

export interface ItemsAnswer {
  readonly items: readonly Item[];
  /** The index to go on from; absent when all have run. */
  readonly next?: number;
}
