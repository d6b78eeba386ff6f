/**
 * The model of a report, before it is redacted, rendered, sent or stored.
 *
 * The data of sections are types and not interfaces: the compiler takes a type of plain fields for a `Value`.
 */

import type { ConfigurationData } from './report/configuration.js';
import type { CrashData } from './report/crash.js';
import type { GreenThreadsData } from './report/green-threads.js';
import type { HeapCensusData } from './report/heap-census.js';
import type { InFlightData } from './report/in-flight.js';
import type { PackageData } from './report/package.js';
import type { ProcessesData } from './report/processes.js';
import type { ThreadState, ThreadsData } from './report/threads.js';
import type { Value, ValueMap } from './report/value.js';

export type * from './report/configuration.js';
export type * from './report/crash.js';
export type * from './report/frame.js';
export type * from './report/green-threads.js';
export type * from './report/heap-census.js';
export type * from './report/in-flight.js';
export type * from './report/late.js';
export type * from './report/package.js';
export type * from './report/processes.js';
export type * from './report/suspended.js';
export type * from './report/threads.js';
export { isMap, type Value, type ValueMap } from './report/value.js';

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
  /** A child, a native function; of an idle process where most of its work waits: `50 of 51 requests at loadCart cart.mjs:9`. */
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
  readonly heap_census: HeapCensusData;
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
