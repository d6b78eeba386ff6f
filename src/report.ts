/**
 * The model of a report, before it is redacted, rendered, sent or stored. Imports nothing.
 *
 * The data of sections are types and not interfaces: the compiler takes a type of plain fields for a `Value`.
 */

/** Plain data, as JSON can represent it. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [key: string]: Value;
}

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The cause of a report. */
export type Trigger =
  | { readonly kind: 'signal'; readonly signal: string; readonly heardBy: 'agent' | 'main' }
  | { readonly kind: 'file'; readonly path: string }
  /** The event loop had not turned for `stallMs`. */
  | { readonly kind: 'stall'; readonly stallMs: number }
  /** `origin`: `uncaughtException` or `unhandledRejection`. */
  | { readonly kind: 'crash'; readonly origin: string; readonly error: Value }
  | { readonly kind: 'api' };

/** `gmr.section.status` on the wire. */
export type SectionStatus = 'ok' | 'failed' | 'timed_out';

/** The state of a thread, `gmr.main.state` on the wire. `waiting for a CPU`: it was ready to run, and had no CPU. */
export type ThreadState =
  | 'idle'
  | 'running JavaScript'
  | 'waiting in Atomics.wait'
  | 'paused by a debugger'
  | 'in native code'
  | 'waits for its child'
  | 'waiting for a CPU'
  | 'did not answer';

export interface Report {
  /** 32 lower-case hex digits; the trace id of the report's own trace. */
  readonly id: string;
  /** Milliseconds since the epoch, UTC. */
  readonly timeMs: number;
  readonly trigger: Trigger;
  readonly header: Header;
  readonly sections: readonly Section[];
  /** Present if the sections came after the report was printed. The header is not repeated. */
  readonly supplement?: Supplement;
}

/** The answers of threads that came after their report was printed. */
export interface Supplement {
  /** The number of its first section among the sections of the report's supplements, from 1. */
  readonly number: number;
  /** The report's own `gmr.section.count`; the supplement's sections come after it. */
  readonly count: number;
}

/** The answer, before the sections; each a line of the header where it is known. Sentences for people, in the order in which they are printed. */
export interface Verdict {
  /** Where main runs, or has made its native call: `lib/checkout.mjs:14 in applyVoucher`. */
  readonly at?: string;
  /** A child, a native function; of an idle process where most of its work waits: `50 of 51 suspended calls at loadCart cart.mjs:9`. */
  readonly waitsFor?: string;
  /** The workers that are not idle: `#2 resize running JavaScript at resize.mjs:7 in blur (1 of 4)`. */
  readonly workers?: string;
  /** The request that main's code runs in: `POST /checkout, 1.7 s`. */
  readonly serving?: string;
  /** `50 requests served, 2 made, 51 spans; the oldest is GET /cart, 2.1 s`. */
  readonly inFlight?: string;
  /** Of a crash: `TypeError: x is not a function`. */
  readonly thrown?: string;
  /** Of a heap near its limit: `the heap is 97.2 % full`. */
  readonly memory?: string;
}

/** Its lines, in their order. */
export const VERDICT = ['at', 'waitsFor', 'workers', 'serving', 'inFlight', 'thrown', 'memory'] as const;

/** The header's `key = value` lines, in the order in which they are printed. */
export interface Header extends Verdict {
  readonly service: string;
  readonly host: string;
  readonly process: string;
  readonly runtime: string;
  readonly uptime: string;
  /** The application's directory. Absent in reports of versions before it was told. */
  readonly root?: string;
  readonly trigger: string;
  readonly main: ThreadState;
  /** How long main had been in that state; absent for a moment, and if it is not known. */
  readonly mainForMs?: number;
  /** Sentences on data that was dropped or limited, and on other ways of reading it. */
  readonly notes: readonly string[];
}

/** The data of each section, by the section's name. A registered section has any plain data. */
export interface SectionData {
  readonly crash: CrashData;
  readonly package: PackageData;
  readonly threads: ThreadsData;
  readonly green_threads: GreenThreadsData;
  readonly processes: ProcessesData;
  readonly configuration: ConfigurationData;
  readonly runtime: ValueMap;
  readonly in_flight: InFlightData;
  readonly [custom: `custom.${string}`]: Value;
}
export type SectionName = keyof SectionData;

/** A few flat facts worth searching by; attributes of the log record. */
export type Facts = { readonly [attribute: string]: string | number | boolean };

/** Any section, its data as plain data. */
export interface PlainSection {
  /** `package`, `threads`, …; `custom.<slug>` for a registered one. */
  readonly name: string;
  readonly title: string;
  readonly status: SectionStatus;
  /** 16 lower-case hex digits: the section's span. */
  readonly spanId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Null if it failed. */
  readonly data: Value;
  /** The text of a registered section, if its generator returned one; else it is rendered from `data`. */
  readonly text?: string;
  /** Why it failed or timed out. */
  readonly error?: string;
  readonly facts?: Facts;
}

export interface SectionOf<Name extends SectionName> extends PlainSection {
  readonly name: Name;
  readonly data: SectionData[Name] | null;
}

export type Section = { [Name in SectionName]: SectionOf<Name> }[SectionName];

export type CrashData = {
  /** `uncaughtException` or `unhandledRejection`. */
  readonly origin: string;
  /** The thrown value, with its causes and, of an AggregateError, its errors. */
  readonly error: Value;
};

/** One call on a stack. */
export type Frame = {
  readonly function: string;
  /** A path; `node:…` for Node's own; empty where V8 names none. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly origin: 'application' | 'dependency' | 'node';
  /** Suspended at an `await`: it goes on when the frame above it has returned. */
  readonly async: boolean;
  /** The source line, without its indent. */
  readonly source?: string;
  /** The lines before and after it, of the innermost frame of a stack that is the application's; without that indent. */
  readonly sourceBefore?: string;
  readonly sourceAfter?: string;
  /** The place in the generated file, if `file`, `line` and `column` come from a source map. */
  readonly generated?: string;
};

/** The kernel's view of one thread, sampled twice. */
export type KernelView = {
  /** `running`, `sleeping`, `disk sleep`, `stopped`, `zombie`, … */
  readonly state: string;
  /** The kernel function it waits in. */
  readonly wchan?: string;
  /** The system call it is in, by name. */
  readonly syscall?: string;
  /** CPU time used during the sample. */
  readonly cpuMs: number;
  /** Time during the sample in which it was ready to run and had no CPU; absent if the kernel does not count it. */
  readonly waitedMs?: number;
  /** For how long it has slept; absent if the kernel does not say. */
  readonly sleptMs?: number;
  readonly sampleMs: number;
};

export type Thread = {
  /** Node's thread id: 0 is main. */
  readonly id: number;
  /** The kernel's thread id, if it is known. */
  readonly osId?: number;
  readonly name: string;
  readonly state: ThreadState;
  /** How long it had been in that state; absent for a moment, and if it is not known. */
  readonly forMs?: number;
  /** The process that it waits for. */
  readonly child?: { readonly pid: number; readonly command: string };
  /** The native function that its JavaScript has called, if it is known. */
  readonly callee?: string;
  /** The span that its code runs in. */
  readonly span?: ActiveSpan;
  /** Innermost first. */
  readonly frames: readonly Frame[];
  /** The reason why there are no frames, or the origin of the frames if it is not obvious. */
  readonly note?: string;
  readonly kernel?: KernelView;
};

/** A thread of the process that runs no JavaScript: libuv's pool, V8's helpers. */
export type OsThread = {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  /** CPU time used since it started. */
  readonly cpuMs: number;
  /** The kernel function and the system call that a thread of libuv's pool waits in. */
  readonly wchan?: string;
  readonly syscall?: string;
};

export type ThreadsData = {
  readonly threads: readonly Thread[];
  readonly osThreads: readonly OsThread[];
  /** How many threads of libuv's pool are busy and in which system calls, as a sentence; absent if all are idle. */
  readonly pool?: string;
  /** In a supplement: the report that it belongs to, and the time of the answers. */
  readonly late?: { readonly report: string; readonly lateMs: number; readonly answered: string };
};

/** One process and its children, to their true depth. */
export type ProcessNode = {
  readonly pid: number;
  readonly parentPid?: number;
  readonly user?: string;
  readonly uids?: { readonly real: number; readonly effective: number; readonly saved: number };
  readonly gids?: { readonly real: number; readonly effective: number; readonly saved: number };
  /** `running`, `sleeping`, `zombie`, …; `gone` if it ended meanwhile, `denied` if /proc cannot be read. */
  readonly state: string;
  /** The command line; the bare name if there is no command line (a zombie, a kernel thread). */
  readonly command: string;
  readonly children: readonly ProcessNode[];
};

export type ProcessesData = {
  readonly processes: readonly ProcessNode[];
  /** The missing data and the reason: no /proc, or more descendants than are listed. */
  readonly note?: string;
};

export type PackageData = {
  readonly product: string;
  readonly vendor?: string;
  readonly version?: string;
  readonly commit?: string;
};

/** One address pair, or one listening address, of this process. */
export type Socket = {
  readonly kind: string;
  readonly fd: number;
  readonly local: string;
  readonly remote?: string;
  readonly state: string;
};

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
      /** False if a collection of garbage moved objects meanwhile: some may be missing. */
      readonly quiet: boolean;
      /** False if there was no time to read the whole heap. */
      readonly whole: boolean;
      /** Functions that are suspended for ever: what they waited for is gone. They are not in `count`. */
      readonly lost: number;
      readonly note?: string;
    };

/** Equal chains of waiters, from a function that no other one waits for to what it waits for in the end. */
export type SuspendedChain = {
  readonly count: number;
  /** `place`: an index of `places`. `by`: how the step before waits for this one, if not directly. */
  readonly steps: readonly { readonly place: number; readonly by?: string }[];
  /** `promise`: one that no suspended function settles. `ready`: one that is settled, so that it goes on soon. */
  readonly end: 'promise' | 'ready' | 'circle' | 'deep' | 'unknown';
};

export type SuspendedData = {
  readonly threads: readonly SuspendedThread[];
};

export type GreenThreadsData = {
  /** Every function that is suspended at an `await`. */
  readonly suspended?: SuspendedData;
  /** The chain of suspended callers that a running stack carries, innermost first. */
  readonly chains: readonly { readonly thread: string; readonly frames: readonly Frame[] }[];
  /** Counts of the resources that keep the event loop alive, by kind. Absent if main did not answer. */
  readonly resources?: { readonly [kind: string]: number };
  readonly sockets: readonly Socket[];
  /** How many sockets there are; `sockets` may be fewer. */
  readonly socketCount: number;
  /** A sentence on data that the section does not show. */
  readonly note: string;
};

export type ConfigurationData = {
  readonly groups: { readonly [group: string]: Value };
  readonly environment: { readonly [name: string]: string };
  readonly commandLine: readonly string[];
  readonly nodeOptions: { readonly execArgv: readonly string[]; readonly NODE_OPTIONS?: string };
  readonly settings: { readonly [name: string]: Value };
  /** A sentence on data that was read in another way. */
  readonly note?: string;
};

/** A span of the application, or of one of its callers, by its ids: 32 and 16 lower-case hex digits. */
export type SpanReference = {
  readonly traceId: string;
  readonly spanId: string;
};

/** The span that code runs in, recording or not. */
export type ActiveSpan = SpanReference & {
  /** Of a recording span. */
  readonly name?: string;
};

/** A request that this process serves or has made, and that has not ended. */
export type InFlightRequest = {
  readonly direction: 'served' | 'made';
  readonly protocol: 'http' | 'http2' | 'fetch' | 'undici';
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** The client of a served request, the server of a made one: an address, or a host and port. */
  readonly peer?: string;
  /**
   * `being received`, `being handled`, `being answered`; `waiting for a connection`, `connecting`,
   * `being sent`, `waiting for an answer`, `reading the answer`, …
   */
  readonly state: string;
  readonly ageMs: number;
  /** The span of its `traceparent`; without one, the span that the application made for it. */
  readonly trace?: SpanReference;
  /** Main's code runs in it. */
  readonly active: boolean;
};

/** A recording span that has started and not ended. */
export type InFlightSpan = SpanReference & {
  readonly parentSpanId?: string;
  readonly name: string;
  /** `internal`, `server`, `client`, `producer`, `consumer`. */
  readonly kind: string;
  readonly ageMs: number;
  readonly attributes: ValueMap;
  /** Main's code runs in it. */
  readonly active: boolean;
};

export type InFlightData = {
  /** False if the main thread did not answer; the other fields are empty then. */
  readonly known: boolean;
  /** Oldest first; `requestCount` is how many there are, which may be more. */
  readonly requests: readonly InFlightRequest[];
  readonly requestCount: number;
  /** Oldest first; `spanCount` is how many there are, which may be more. */
  readonly spans: readonly InFlightSpan[];
  readonly spanCount: number;
  /** The span that main's code runs in, recording or not. */
  readonly active?: ActiveSpan;
  /** A sentence on data that the section does not show, with the reason. */
  readonly note?: string;
};
