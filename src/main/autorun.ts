import { isMainThread } from 'node:worker_threads';
import { type OtlpOptions, readOtlpOptions } from '../otlp-options.js';
import type { DeliveryOutcome, GeneratedReport, PackageOptions, ToldReport } from '../protocol.js';
import { isTextList } from '../setting-kinds.js';
import { OPTIONS, readSettings, type SettingOptions } from '../settings.js';
import { say, sayAsJson } from '../stderr.js';
import { type Armed, arm } from './arm.js';
import { AwaitedPromise } from './awaited-promise.js';
import { readCwd } from './cwd.js';
import { deferred } from './deferred.js';
import { readEnvironment } from './environment.js';
import { type GeneratedLogRecord, toLogRecord } from './log-record.js';
import { keepToPermissions } from './permission.js';
import { createRegistry, type Generator, type Registry } from './registry.js';

/** Options of `setupAutorun`. */
export interface AutorunOptions extends SettingOptions {
  /** The identity of the program.
   * @default the values of the package.json of the main module, or of the project that it is installed in
   */
  package?: PackageOptions;
  /** Where reports are sent; `false`: nowhere. A second call adds to the options of the first. */
  otlp?: OtlpOptions | false;
}

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

/** The state of this process, which all loaded copies of this package share. */
interface Held {
  readonly registry: Registry;
  options: AutorunOptions;
  armed?: Armed;
  /** Whether signals make reports, not only the API. */
  listens: boolean;
  told: Set<string>;
}

const HELD = Symbol.for('guru-meditation.held.1');

function held(): Held {
  const global = globalThis as unknown as { [HELD]?: Held };
  if (global[HELD]) return global[HELD];
  alone ??= { registry: createRegistry(), options: {}, listens: false, told: new Set() };
  Reflect.set(global, HELD, alone);
  return alone;
}

/** The state of this copy alone: other copies cannot find it if the global object is frozen. */
let alone: Held | undefined;

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
  if (!settings.enabled) return NOTHING;
  if (!isMainThread) {
    tellOnce(state, 'only the main thread is armed; its reports show this worker thread too');
    return NOTHING;
  }
  const permitted = keepToPermissions(effective, readCwd());
  for (const problem of permitted.problems) tellOnce(state, problem);
  const configuration = { settings: permitted.settings, options: merged.package, otlp };
  if (state.armed) state.armed.settle(configuration);
  else state.armed = arm(configuration, state.registry);
  const { armed } = state;
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
  const { print = true, deliver = true } = options;
  requireFlag('print', print);
  requireFlag('deliver', deliver);
  const state = held();
  if (!state.armed) startAutorun({}, false);
  const { armed } = state;
  if (!armed) throw new Error(`no report: ${isMainThread ? 'GMR_ENABLED is false' : 'only the main thread is armed'}`);
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

function mergeOtlp(before: AutorunOptions['otlp'] = {}, given: AutorunOptions['otlp']): OtlpOptions | false {
  return given === undefined ? before : given && { ...before, ...given };
}

/** Nothing is armed. */
const NOTHING: Autorun = { ready: Promise.resolve(), onReport: () => () => {}, close: async () => {} };

function checkOptions(options: AutorunOptions): PackageOptions {
  const known: readonly string[] = ['package', 'otlp', ...OPTIONS];
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`unknown option ${key}: expected one of ${known.join(', ')}`);
  }
  const about: unknown = options.package ?? {};
  if (typeof about !== 'object' || about === null)
    throw new TypeError(`package: expected an object, got ${typeof about}`);
  for (const [key, value] of Object.entries(about)) {
    if (!['product', 'vendor', 'version'].includes(key))
      throw new TypeError(`unknown option package.${key}: expected one of product, vendor, version`);
    if (typeof value !== 'string') throw new TypeError(`package.${key}: expected a string, got ${typeof value}`);
  }
  if (options.otlp !== undefined) readOtlpOptions(options.otlp);
  return about;
}

function tellOnce(state: Held, problem: string): void {
  if (state.told.has(problem)) return;
  state.told.add(problem);
  say(`gmr: ${problem}`);
}

function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '')
    throw new TypeError(`${name}: expected a non-empty string, got ${typeof value}`);
}

function requireFlag(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${name}: expected true or false, got ${typeof value}`);
}

function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name}: expected a function, got ${typeof value}`);
}
