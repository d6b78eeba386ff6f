import type { ConfigFile } from '../export/config-file/read.js';
import type { FrameReader } from '../frames/frames.js';
import type { Caller } from '../main-facts.js';
import type { OtlpSettings } from '../otlp-options.js';
import type { PackageOptions } from '../protocol.js';
import type { Report, Trigger } from '../report.js';
import type { ProgramPlace } from '../sections/package.js';
import type { LateAnswer } from '../sections/sources.js';
import type { Settings } from '../settings.js';
import type { Application } from './application.js';
import type { AskedHeaders } from './asked-headers.js';
import type { HeapCensuses } from './heap-censuses.js';
import type { FindOwnDescriptors } from './own-descriptors.js';
import type { Questions } from './questions.js';
import type { WalkRest } from './suspended-rest.js';
import type { ReadOptions } from './threads.js';

export interface CollectSources {
  readonly settings: Settings;
  readonly options: PackageOptions;
  readonly otlp: OtlpSettings;
  /** Whether main gets a message for each report. */
  readonly tellsReports: boolean;
  /** Of `otlp.headers`, if that is a function. */
  readonly headers: Pick<AskedHeaders, 'read'>;
  /** Of `OTEL_CONFIG_FILE`. */
  readonly configFile: ConfigFile;
  readonly place: ProgramPlace;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly packageVersion: string;
  readonly questions: Questions;
  readonly frames: FrameReader;
  readonly application: Application;
  readonly findOwnDescriptors: FindOwnDescriptors;
  readonly census: HeapCensuses;
  readonly reading: Pick<ReadOptions, 'shared' | 'sessions' | 'inspectorDenied' | 'natives'>;
}

export interface CollectRequest {
  readonly trigger: Trigger;
  /** Main's position in the code, if main asked for this report itself. */
  readonly caller?: Caller;
  /** Called when main has been read: a trigger that comes later makes another report. */
  readonly onRead: () => readonly string[];
  /** The further sections that are wanted. Called when main has been read. */
  readonly wants: () => Extras;
  /** Whether another report waits for this one. */
  readonly isWaitedFor: () => boolean;
  /** Gets the answer of a thread that comes after the report was made. */
  readonly onLate: (answer: LateAnswer) => void;
}

export interface Extras {
  /** The heap's objects, counted. */
  readonly census: boolean;
  /** Timers and servers with their functions. */
  readonly handles: boolean;
  /** Somebody waits for this report at a terminal: it is made when nothing is missing. */
  readonly isAwaited: boolean;
  /** Main is held while its heap is read. */
  readonly isExact: boolean;
}

export interface Collected {
  readonly report: Report;
  /** For each registered group the keys that it declared secret. */
  readonly declared: { readonly [group: string]: readonly string[] };
  /** Present if there was no time for all of main's suspended functions. */
  readonly walkRest?: WalkRest;
}
