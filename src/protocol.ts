import type { ApplicationResource, Ask, Caller, Item } from './main-facts.js';
import type { OtlpHeaders, OtlpSettings } from './otlp-options.js';
import type { SectionData, SectionName, SectionStatus, Trigger, Value } from './report.js';
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
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly cwd: string;
  /** The file of this package that runs in the main thread, as stack frames name it. */
  readonly ownFile: string;
  /** Text of the agent's reporting half, gzipped. */
  readonly reporting: SharedArrayBuffer;
  /** Text of the parser of `OTEL_CONFIG_FILE`, gzipped; undefined if the variable is not set. */
  readonly configParser: SharedArrayBuffer | undefined;
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
/** A section of a generated report: its `name` tells the type of its `data`. */
export type GeneratedSection = { [Name in SectionName]: GeneratedSectionOf<Name> }[SectionName];

export interface GeneratedSectionOf<Name extends SectionName> {
  /** `package`, `threads`, …; `custom.<slug>` for a registered one. */
  readonly name: Name;
  readonly title: string;
  readonly status: SectionStatus;
  /** Null if it failed. */
  readonly data: SectionData[Name] | null;
  /** Why it failed or timed out. */
  readonly error?: string;
}
