import { isMainThread } from 'node:worker_threads';
import { deferred } from '../deferred.js';
import type { DeliveryOutcome, GeneratedReport, ToldReport } from '../protocol.js';
import { isTextList } from '../setting-kinds.js';
import { readSettings } from '../settings.js';
import { sayAsJson } from '../stderr.js';
import { requireFlag, requireFunction, requireObject, requireText } from './arguments.js';
import { Armed } from './armed.js';
import { type AutorunOptions, checkOptions, mergeOtlp } from './autorun-options.js';
import { AwaitedPromise } from './awaited-promise.js';
import type { Configuration } from './configuration.js';
import { readCwd } from './cwd.js';
import { readEnvironment } from './environment.js';
import { tellError } from './error-text.js';
import { type Held, held, tellOnce, tellUnarmed } from './held.js';
import { type GeneratedLogRecord, toLogRecord } from './log-record.js';
import { runOutside } from './outside.js';
import { keepToPermissions } from './permission.js';
import type { Generator } from './registry.js';

/** The result of `setupAutorun`. */
export interface Autorun {
  /**
   * Resolves once the agent listens; `kill` is safe before that, from the call of `setupAutorun` on. Never rejects.
   * Awaiting it keeps the process alive until then.
   */
  readonly ready: Promise<void>;
  /**
   * Calls back for each report that is made from here on, whatever asks for it, once main can be called. An error of the
   * listener is a line on stderr.
   * @returns a function that ends that
   */
  onReport(listener: (report: MadeReport) => unknown): () => void;
  /** Disarms the process. Deliveries in flight get up to 5 seconds. Signals have their default action again. */
  close(): Promise<void>;
}

/** A report that has been made. */
export interface MadeReport {
  readonly id: string;
  /** `signal`, `file`, `stall`, `crash` or `api`. */
  readonly trigger: ToldReport['trigger'];
  /** See `Report`. */
  readonly logRecords: readonly GeneratedLogRecord[];
}

/** See index.ts. */
export function startAutorun(options: AutorunOptions, listens: boolean): Autorun {
  const state = held();
  const about = checkOptions(options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const otlp = mergeOtlp(state.options.otlp, options.otlp);
  const merged = { ...state.options, ...given, package: { ...state.options.package, ...about }, otlp };
  const { settings, problems } = readSettings(merged, readEnvironment());
  sayAsJson(settings.format === 'json');
  for (const problem of problems) tellOnce(state, problem);
  state.options = merged;
  state.listens ||= listens;
  const effective = state.listens
    ? settings
    : { ...settings, signals: [], fileTrigger: null, stallMs: 0, crash: false };
  if (!settings.enabled) {
    void state.armed?.close();
    delete state.armed;
    return NOTHING;
  }
  if (!isMainThread) {
    tellOnce(state, 'only the main thread is armed; its reports show this worker thread too');
    return NOTHING;
  }
  const permitted = keepToPermissions(effective, readCwd());
  for (const problem of permitted.problems) tellOnce(state, problem);
  const configuration = { settings: permitted.settings, options: merged.package, otlp, exporter: merged.exporter };
  runOutside(() => state.armed?.settle(configuration));
  const armed = state.armed ?? tryToArm(configuration, state);
  if (!armed) return NOTHING;
  state.armed = armed;
  return {
    ready: keepAlive(armed.ready, armed),
    onReport(listener) {
      requireFunction('listener', listener);
      return armed.onReport(({ records, ...report }) => listener({ ...report, logRecords: records.map(toLogRecord) }));
    },
    async close() {
      if (state.armed !== armed) return;
      delete state.armed;
      state.listens = false;
      state.options = {};
      await armed.close();
    },
  };
}

/** Undefined where the process lacks what two threads need: somebody has taken it out of the language before us. */
function tryToArm(configuration: Configuration, state: Held): Armed | undefined {
  try {
    return runOutside(() => new Armed(configuration, state.registry));
  } catch (error) {
    state.problem = tellError(error);
    tellOnce(state, `no reports can be made in this process: ${state.problem}`);
    return undefined;
  }
}

/** The result of `generateReport`. */
export interface Report extends Omit<GeneratedReport, 'records'> {
  /**
   * The report as OpenTelemetry's Logs API takes it, one record a section or more:
   * `for (const record of report.logRecords) logger.emit(record)`.
   */
  readonly logRecords: readonly GeneratedLogRecord[];
  /**
   * The first outcome of the delivery. Awaiting it keeps the process alive until it is known, bounded by the exporter's
   * own time-outs. A program that does not await it is not delayed.
   */
  readonly delivery: Promise<DeliveryOutcome>;
}

/** How a report is made for a call of the program. */
export interface ReportOptions {
  /**
   * Whether the report is also printed, as the report of a signal is.
   * @default true
   */
  readonly print?: boolean;
  /**
   * Whether the report is also sent to the collector. `false`: it is neither sent nor kept on disk.
   * @default true
   */
  readonly deliver?: boolean;
}

/** Makes a report of the API for the caller of `below`. */
export async function requestReport(below: (...args: never) => unknown, options: ReportOptions): Promise<Report> {
  requireObject('options', options);
  const { print = true, deliver = true } = options;
  requireFlag('print', print);
  requireFlag('deliver', deliver);
  const state = held();
  // That report would run it again, and so on.
  if (state.registry.isRunning()) throw new Error('no report: what is registered is being run for one');
  if (!state.armed) startAutorun({}, false);
  const { armed } = state;
  if (!armed) throw new Error(`no report: ${tellUnarmed(state)}`);
  const made = deferred<GeneratedReport>();
  const delivery = deferred<DeliveryOutcome>();
  armed.hold();
  armed.generate(below, { print, deliver, resolve: made.resolve, reject: made.reject, delivered: delivery.resolve });
  try {
    return toReport(await made.promise, delivery.promise, armed);
  } finally {
    armed.release();
  }
}

function toReport({ records, ...report }: GeneratedReport, delivery: Promise<DeliveryOutcome>, armed: Armed): Report {
  return { ...report, logRecords: records.map(toLogRecord), delivery: keepAlive(delivery, armed) };
}

function keepAlive<T>(promise: Promise<T>, armed: Armed): Promise<T> {
  return new AwaitedPromise(
    promise,
    () => armed.hold(),
    () => armed.release(),
  );
}

export function addSection(title: string, generator: Generator): () => void {
  requireText('title', title);
  requireFunction('generator', generator);
  return held().registry.add({ kind: 'section', title, generator, secret: [] });
}

export function addConfiguration(group: string, read: Generator, secret: readonly string[]): () => void {
  requireText('group', group);
  requireFunction('read', read);
  if (!isTextList(secret)) throw new TypeError(`secret: expected a list of keys, got ${typeof secret}`);
  return held().registry.add({ kind: 'group', title: group, generator: read, secret: [...secret] });
}

/** Nothing is armed. */
const NOTHING: Autorun = { ready: Promise.resolve(), onReport: () => () => {}, close: async () => {} };
