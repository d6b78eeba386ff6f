/** The model: what a report is, before it is redacted, rendered, sent or stored. Imports nothing. */

/** Plain data: what JSON can carry, and nothing else. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [key: string]: Value;
}

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What asked for the report. */
export type Trigger =
  | { readonly kind: 'signal'; readonly signal: string; readonly heardBy: 'agent' | 'main' }
  | { readonly kind: 'file'; readonly path: string }
  /** The event loop had not turned for `stallMs`. */
  | { readonly kind: 'stall'; readonly stallMs: number }
  /** `origin`: `uncaughtException` or `unhandledRejection`. */
  | { readonly kind: 'crash'; readonly origin: string; readonly error: Value }
  | { readonly kind: 'api' };

/** `gmr.section.status` on the wire. */
export type SectionStatus = 'ok' | 'failed' | 'timed_out' | 'skipped';

/** What the main thread was doing, `gmr.main.state` on the wire. */
export type ThreadState = 'idle' | 'running JavaScript' | 'in native code' | 'did not answer';

export interface Report {
  /** 32 lower-case hex digits; the trace id of the report's own trace. */
  readonly id: string;
  /** Milliseconds since the epoch, UTC. */
  readonly timeMs: number;
  readonly trigger: Trigger;
  readonly header: Header;
  readonly sections: readonly Section[];
  /** The sections are what came after the report itself had gone out; the header is not repeated. */
  readonly supplement?: Supplement;
}

/** Of what threads said after their report had gone out. */
export interface Supplement {
  /** From 1: of its first section among the sections of the report's supplements. */
  readonly number: number;
  /** The report's own `gmr.section.count`; the supplement's sections stand behind it. */
  readonly count: number;
}

/** The header's `key = value` lines, in the order in which they are printed. */
export interface Header {
  readonly service: string;
  readonly host: string;
  readonly process: string;
  readonly runtime: string;
  readonly uptime: string;
  readonly trigger: string;
  readonly main: ThreadState;
  /** What was dropped, limited or had to be done another way, a sentence each. */
  readonly notes: readonly string[];
}

export interface Section {
  /** `package`, `threads`, …; `custom.<slug>` for a registered one. */
  readonly name: string;
  readonly title: string;
  readonly status: SectionStatus;
  /** 16 lower-case hex digits: the section's span. */
  readonly spanId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The section as structure; its shape is given by the section's name. */
  readonly data: Value;
  /** The text a registered section brought itself; rendered from `data` where there is none. */
  readonly text?: string;
  /** Why it failed, timed out or was skipped. */
  readonly error?: string;
  /** A few flat facts worth searching by; attributes of the log record. */
  readonly facts?: { readonly [attribute: string]: string | number | boolean };
}

/** One call on a stack. */
export interface Frame {
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
  /** Where the frame is in the generated file, when `file`, `line` and `column` come from a source map. */
  readonly generated?: string;
}

/** What the kernel says of one thread, sampled twice. */
export interface KernelView {
  /** `running`, `sleeping`, `disk sleep`, `stopped`, `zombie`, … */
  readonly state: string;
  /** The kernel function it waits in. */
  readonly wchan?: string;
  /** The system call it is in, by name. */
  readonly syscall?: string;
  /** CPU time used during the sample. */
  readonly cpuMs: number;
  readonly sampleMs: number;
}

export interface Thread {
  /** Node's thread id: 0 is main. */
  readonly id: number;
  /** The kernel's thread id, where it is known. */
  readonly osId?: number;
  readonly name: string;
  readonly state: ThreadState;
  /** The span that its code runs in. */
  readonly span?: ActiveSpan;
  /** Innermost first. */
  readonly frames: readonly Frame[];
  /** Why there are no frames, or what they are of, where that is not plain. */
  readonly note?: string;
  readonly kernel?: KernelView;
}

/** A thread of the process that runs no JavaScript: libuv's pool, V8's helpers. */
export interface OsThread {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  /** CPU time used since it started. */
  readonly cpuMs: number;
}

export interface ThreadsData {
  readonly threads: readonly Thread[];
  readonly osThreads: readonly OsThread[];
  /** In a supplement: which report it belongs to, and when the threads answered. */
  readonly late?: { readonly report: string; readonly lateMs: number; readonly answered: string };
}

/** One process and its children, to their true depth. */
export interface ProcessNode {
  readonly pid: number;
  readonly parentPid?: number;
  readonly user?: string;
  readonly uids?: { readonly real: number; readonly effective: number; readonly saved: number };
  readonly gids?: { readonly real: number; readonly effective: number; readonly saved: number };
  /** `running`, `sleeping`, `zombie`, …; `gone` when it ended meanwhile, `denied` when /proc refused. */
  readonly state: string;
  /** The command line; the bare name where there is none (a zombie, a kernel thread). */
  readonly command: string;
  readonly children: readonly ProcessNode[];
}

export interface ProcessesData {
  readonly processes: readonly ProcessNode[];
  /** What is missing and why: no /proc, or more descendants than are listed. */
  readonly note?: string;
}

export interface PackageData {
  readonly product: string;
  readonly vendor?: string;
  readonly version?: string;
  readonly commit?: string;
}

/** One address pair, or one listening address, of this process. */
export interface Socket {
  readonly kind: string;
  readonly fd: number;
  readonly local: string;
  readonly remote?: string;
  readonly state: string;
}

export interface GreenThreadsData {
  /** The chain of suspended callers that a running stack carries, innermost first. */
  readonly chains: readonly { readonly thread: string; readonly frames: readonly Frame[] }[];
  /** What keeps the event loop alive, by kind. Absent where main did not answer. */
  readonly resources?: { readonly [kind: string]: number };
  readonly sockets: readonly Socket[];
  /** How many sockets there are; `sockets` may be fewer. */
  readonly socketCount: number;
  /** What the section does not show. */
  readonly note: string;
}

export interface ConfigurationData {
  readonly groups: { readonly [group: string]: Value };
  readonly environment: { readonly [name: string]: string };
  readonly commandLine: readonly string[];
  readonly nodeOptions: { readonly execArgv: readonly string[]; readonly NODE_OPTIONS?: string };
  readonly settings: { readonly [name: string]: Value };
  /** What had to be had another way. */
  readonly note?: string;
}

/** A span of the application, or of one of its callers, by its ids: 32 and 16 lower-case hex digits. */
export interface SpanReference {
  readonly traceId: string;
  readonly spanId: string;
}

/** The span that code runs in, recording or not. */
export interface ActiveSpan extends SpanReference {
  /** Of a recording span. */
  readonly name?: string;
}

/** A request that this process serves or has made, and that has not ended. */
export interface InFlightRequest {
  readonly direction: 'served' | 'made';
  readonly protocol: 'http' | 'http2' | 'fetch';
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Who asks, or who is asked: an address, or a host and port. */
  readonly peer?: string;
  /** `being received`, `being handled`, `being answered`; `connecting`, `waiting for an answer`, `reading the answer`, … */
  readonly state: string;
  readonly ageMs: number;
  /** What its `traceparent` says; where it brought none, the span that the application made for it. */
  readonly trace?: SpanReference;
  /** Main's code runs in it. */
  readonly active: boolean;
}

/** A recording span that has started and not ended. */
export interface InFlightSpan extends SpanReference {
  readonly parentSpanId?: string;
  readonly name: string;
  /** `internal`, `server`, `client`, `producer`, `consumer`. */
  readonly kind: string;
  readonly ageMs: number;
  readonly attributes: ValueMap;
  /** Main's code runs in it. */
  readonly active: boolean;
}

export interface InFlightData {
  /** False where the main thread did not answer: there is nothing else then. */
  readonly known: boolean;
  /** Oldest first; `requestCount` is how many there are, which may be more. */
  readonly requests: readonly InFlightRequest[];
  readonly requestCount: number;
  /** Oldest first; `spanCount` is how many there are, which may be more. */
  readonly spans: readonly InFlightSpan[];
  readonly spanCount: number;
  /** The span that main's code runs in, recording or not. */
  readonly active?: ActiveSpan;
  /** What the section does not show, and why. */
  readonly note?: string;
}
