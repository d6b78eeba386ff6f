import type { OtlpHeaders, OtlpSettings } from './otlp-options.js';
import type { RawFrame } from './raw-frame.js';
import type { ActiveSpan, InFlightRequest, InFlightSpan, SpanReference, Trigger, Value } from './report.js';
import type { Settings } from './settings.js';

/** The messages between the two threads.
 *
 *   main thread                       agent thread (a worker)
 *   ───────────                       ───────────────────────
 *   ToAgent   ──── postMessage ────▶
 *             ◀─── postMessage ────   ToMain
 *   hook      ◀─ Runtime.evaluate ─   Ask (answered with JSON: Answer)
 *   SharedState  ◀── shared memory ──▶   SharedState
 */

/** `workerData` of the agent. */
export interface StartData {
  readonly settings: Settings;
  readonly options: PackageOptions;
  readonly otlp: OtlpSettings;
  /** Whether main gets a message for each report. */
  readonly tellsReports: boolean;
  /** The last value of `otlp.headers`, if that is a function. */
  readonly headers: OtlpHeaders | undefined;
  /** Milliseconds since the epoch at which the process started. */
  readonly startedMs: number;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly cwd: string;
  /** The file of this package that runs in the main thread, as stack frames name it. */
  readonly ownFile: string;
  /** Text of the agent's reporting half, gzipped. */
  readonly reporting: SharedArrayBuffer;
  /** The identity of file descriptor 2 when the process was armed. */
  readonly stderr: string | undefined;
  readonly shared: SharedArrayBuffer;
  /** The thread of an agent that no longer answered, and the signal that it had not taken. */
  readonly replaced: { readonly thread: number; readonly signal: string; readonly waitedMs: number } | undefined;
  /** The reason, if main cannot be read through the inspector. */
  readonly inspectorDenied: string | undefined;
  /** The resource of the application's SDK, if it is known already. */
  readonly resource: ApplicationResource | undefined;
}

/** The attributes of the resource of the application's SDK. */
export type ApplicationResource = { readonly [name: string]: string | number | boolean | readonly string[] };

/** The identity of the program. It is shown in the Package section. */
export interface PackageOptions {
  readonly product?: string;
  readonly vendor?: string;
  readonly version?: string;
}

export type ToAgent =
  /** `count`: how many of that signal main has heard since it started. */
  | { readonly type: 'signal'; readonly signal: string; readonly count: number }
  | {
      readonly type: 'generate';
      readonly request: number;
      readonly caller: Caller;
      readonly print: boolean;
      readonly deliver: boolean;
    }
  /** Whether main gets a message for each report from here on. */
  | { readonly type: 'tellReports'; readonly wanted: boolean }
  | { readonly type: 'answer'; readonly ask: number; readonly json: string }
  | { readonly type: 'settled'; readonly report: string; readonly item: Item }
  | {
      readonly type: 'settings';
      readonly settings: Settings;
      readonly options: PackageOptions;
      readonly otlp: OtlpSettings;
    }
  /** The value of `otlp.headers`; undefined if it failed. */
  | { readonly type: 'headers'; readonly headers: OtlpHeaders | undefined }
  | { readonly type: 'resource'; readonly resource: ApplicationResource }
  /** Main waits, within a time-out, until the shared state says that the report is printed. */
  | { readonly type: 'crash'; readonly origin: string; readonly error: Value }
  | { readonly type: 'exiting' }
  | { readonly type: 'close' };

export type ToMain =
  | { readonly type: 'ready' }
  | { readonly type: 'ask'; readonly ask: number; readonly request: Ask }
  /** Answered with the value of `otlp.headers`. */
  | { readonly type: 'headers' }
  | { readonly type: 'report'; readonly request: number; readonly report: GeneratedReport }
  | { readonly type: 'failed'; readonly request: number; readonly reason: string }
  | { readonly type: 'delivery'; readonly request: number; readonly outcome: DeliveryOutcome }
  | { readonly type: 'made'; readonly report: ToldReport }
  | { readonly type: 'closed' };

/** The first outcome of a report's delivery. What is not taken is kept, and tried again. */
export interface DeliveryOutcome {
  /** Whether collectors have taken all that was to be sent. */
  readonly taken: boolean;
  /** The same for the log records; absent if none are sent. */
  readonly logs?: boolean;
  /** The same for the spans; absent if none are sent. */
  readonly traces?: boolean;
  /** As the line on stderr says it. */
  readonly sentence: string;
}

/** A log record of a report, plain: see `GeneratedLogRecord`. */
export interface PlainLogRecord {
  readonly eventName: string;
  /** Seconds and nanoseconds since the epoch. */
  readonly timestamp: [seconds: number, nanoseconds: number];
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: { readonly text: string; readonly data?: Value };
  readonly attributes: { readonly [name: string]: string | number | boolean };
  readonly traceId: string;
  readonly spanId: string;
}

/** A report that has been made, whatever has asked for it. */
export interface ToldReport {
  readonly id: string;
  readonly trigger: Trigger['kind'];
  readonly records: readonly PlainLogRecord[];
}

/** The value of `generateReport`, without its delivery. */
export interface GeneratedReport {
  readonly id: string;
  readonly time: string;
  readonly trigger: 'api';
  readonly sections: readonly GeneratedSection[];
  /** As `GMR_FORMAT=text` prints it, whatever the setting is. */
  readonly text: string;
  readonly records: readonly PlainLogRecord[];
}
export interface GeneratedSection {
  readonly name: string;
  readonly title: string;
  readonly status: string;
  readonly data: Value;
  readonly error?: string;
}

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

export interface RequestFact extends Omit<InFlightRequest, 'active'> {
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
