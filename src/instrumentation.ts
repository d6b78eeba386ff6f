import type { Autorun, AutorunOptions, MadeReport } from './index.js';
import { setupAutorun } from './index.js';
import { addSpanProcessor } from './main/in-flight/provider.js';
import { spanTracker } from './main/in-flight/spans.js';
import { EventLoopMetrics } from './main/instrumentation/event-loop-metrics.js';
import type { Counter, LoggerProvider, MeterProvider } from './main/instrumentation/providers.js';
import { VERSION } from './version.js';

const NAME = 'guru-meditation';

/** Options of `GuruMeditationInstrumentation`: those of `setupAutorun`, and its own. */
export interface GuruMeditationInstrumentationConfig extends AutorunOptions {
  /**
   * The sender of a report's log records. `agent`: the agent thread, also while main is blocked. `application`: the
   * SDK's logger provider, on the main thread, so a report of a blocked process comes when main goes on; from the moment
   * that the SDK has given that provider, the agent sends nothing. `both`: each of them.
   * @default 'agent'
   */
  readonly emit?: 'agent' | 'application' | 'both';
  /**
   * Whether the SDK's meter provider also gets the event loop's utilization and delay, for programs that have no other
   * instrumentation for them.
   * @default false
   */
  readonly eventLoopMetrics?: boolean;
}

/**
 * The package as an instrumentation of OpenTelemetry's SDK, 1.x to 3.x: the same as `setupAutorun`, with the SDK's own
 * providers. Its tracer provider gets the processor that knows the spans in flight, its meter provider the counter
 * `gmr.reports`, and its logger provider the reports, if `emit` says so.
 * @example
 * new NodeSDK({ instrumentations: [new GuruMeditationInstrumentation({ stallMs: 5000 })] }).start();
 */
export class GuruMeditationInstrumentation {
  readonly instrumentationName = NAME;
  readonly instrumentationVersion = VERSION;
  #config: GuruMeditationInstrumentationConfig;
  #autorun: Autorun | undefined;
  #loggers: LoggerProvider | undefined;
  #unlisten: () => void = () => {};
  /** Whether the agent sends nothing, since the application does. */
  #hasTaken = false;
  #reports: Counter | undefined;
  #meters: MeterProvider | undefined;
  #eventLoop: EventLoopMetrics | undefined;

  /** @throws TypeError if an option is invalid */
  constructor(config: GuruMeditationInstrumentationConfig = {}) {
    this.#config = { ...config, enabled: config.enabled ?? true };
    checkConfig(this.#config);
    this.enable();
  }

  /**
   * Arms the process, unless the option `enabled` is false: the SDK calls this for each of its instrumentations. Options
   * that another call has set, and that this one does not have, stay.
   */
  enable(): void {
    const { emit: _, eventLoopMetrics: __, ...options } = this.#config;
    if (!options.enabled) return;
    const autorun = setupAutorun(options);
    this.#route();
    if (this.#autorun) return;
    this.#autorun = autorun;
    this.#unlisten = autorun.onReport((report) => this.#tell(report));
    this.#measureEventLoop();
  }

  /** Disarms it, as `Autorun.close` does. */
  disable(): void {
    this.#unlisten();
    void this.#autorun?.close();
    this.#autorun = undefined;
    this.#hasTaken = false;
    this.#eventLoop?.stop();
    this.#eventLoop = undefined;
  }

  setTracerProvider(provider: object): void {
    addSpanProcessor(provider, spanTracker().processor);
  }

  setLoggerProvider(provider: LoggerProvider): void {
    this.#loggers = provider;
    if (this.#autorun) this.#route();
  }

  setMeterProvider(provider: MeterProvider): void {
    if (provider === this.#meters) return;
    this.#meters = provider;
    this.#reports = provider.getMeter(NAME, VERSION).createCounter('gmr.reports', {
      description: 'Reports that this process has made, by what asked for them.',
      unit: '{report}',
    });
    this.#measureEventLoop();
  }

  getConfig(): GuruMeditationInstrumentationConfig {
    return this.#config;
  }

  /** @throws TypeError if an option is invalid */
  setConfig(config: GuruMeditationInstrumentationConfig): void {
    const next = { ...config, enabled: config.enabled ?? true };
    checkConfig(next);
    this.#config = next;
    if (next.enabled) this.enable();
    else this.disable();
  }

  /** The agent stops sending only if the application has a logger provider that can send instead. */
  #route(): void {
    const takes = this.#config.emit === 'application' && this.#loggers !== undefined;
    if (takes) setupAutorun({ otlp: false });
    else if (this.#hasTaken) setupAutorun({ otlp: this.#config.otlp ?? {} });
    this.#hasTaken = takes;
  }

  #tell({ trigger, logRecords }: MadeReport): void {
    this.#reports?.add(1, { 'gmr.report.trigger': trigger });
    if (!this.#loggers || (this.#config.emit ?? 'agent') === 'agent') return;
    const logger = this.#loggers.getLogger(NAME, VERSION);
    for (const record of logRecords) logger.emit(record);
  }

  #measureEventLoop(): void {
    this.#eventLoop?.stop();
    this.#eventLoop = undefined;
    if (!this.#autorun || !this.#meters || this.#config.eventLoopMetrics !== true) return;
    this.#eventLoop = new EventLoopMetrics(this.#meters.getMeter(NAME, VERSION));
  }
}

function checkConfig({ emit = 'agent', eventLoopMetrics = false }: GuruMeditationInstrumentationConfig): void {
  if (!['agent', 'application', 'both'].includes(emit))
    throw new TypeError(`emit: expected agent, application or both, got ${String(emit)}`);
  if (typeof eventLoopMetrics !== 'boolean')
    throw new TypeError(`eventLoopMetrics: expected true or false, got ${typeof eventLoopMetrics}`);
}
