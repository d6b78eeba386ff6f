import { clearTimeout, setTimeout } from 'node:timers';
import { type Deferred, deferred } from '../deferred.js';
import type { Ask } from '../main-facts.js';
import type { StartData, ToAgent, ToldReport, ToMain } from '../protocol.js';
import type { Settings } from '../settings.js';
import { createSharedState, openSharedState, type SharedState } from '../shared-state.js';
import { findSpoolDirectory } from '../state-directory.js';
import { say } from '../stderr.js';
import { type AgentWatch, watchAgent } from './agent-watch.js';
import { captureFrames, EVALUATED } from './capture.js';
import { type Configuration, type Configured, headersOf, readConfigured } from './configuration.js';
import { type CrashWatch, createCrashWatch } from './crash.js';
import { readEnvironment } from './environment.js';
import { watchExit } from './exit.js';
import { MAX_FRAMES } from './facts.js';
import { HeaderSource } from './header-source.js';
import { createHeartbeat, type Heartbeat } from './heartbeat.js';
import { createHook, installHook, removeHook } from './hook.js';
import { type InFlightWatch, watchInFlight } from './in-flight/in-flight.js';
import { guarded } from './listening.js';
import { type LoopMonitor, startLoopMonitor } from './loop.js';
import { PendingRequests, type Request } from './pending-requests.js';
import { type ProcessStart, readProcessStart } from './process-start.js';
import type { Registry } from './registry.js';
import { ReportListeners } from './report-listeners.js';
import { createSignalListeners, type SignalListeners } from './signal-listeners.js';
import { type AgentHandle, spawnAgent } from './spawn.js';

/** Milliseconds that deliveries in flight have when the package is closed. */
const CLOSE_MS = 5000;

/** The armed main thread. It listens to the signals at once, installs the hook, then starts the agent. */
export class Armed {
  #current: Configured;
  readonly #start: ProcessStart;
  readonly #shared: SharedState;
  readonly #signals: SignalListeners;
  readonly #watch: AgentWatch;
  readonly #heartbeat: Heartbeat;
  readonly #crashes: CrashWatch;
  readonly #inFlight: InFlightWatch;
  readonly #headers: HeaderSource;
  readonly #hook: (ask: Ask) => string;
  readonly #unwatchExit: () => void;
  readonly #requests = new PendingRequests();
  readonly #ready = deferred<void>();
  /** Settled when the agent has let go; undefined before `close`. */
  #closed: Deferred<void> | undefined;
  readonly #listeners = new ReportListeners((wanted) => this.#post({ type: 'tellReports', wanted }));
  #monitor: LoopMonitor | undefined;
  /** Undefined while the constructor runs: the first start may fail at once. */
  #agent: AgentHandle | undefined;
  #isListening = false;
  /** The reason why no agent can run in this process. */
  #impossible: string | undefined;
  #lostBy: string | undefined;
  #replaced: StartData['replaced'];

  constructor(configuration: Configuration, registry: Registry) {
    const current = readConfigured(configuration);
    const buffer = createSharedState();
    this.#current = current;
    this.#shared = openSharedState(buffer);
    this.#shared.setTurned();
    this.#start = readProcessStart(buffer);
    this.#signals = createSignalListeners((signal) => this.#forward(signal));
    this.#signals.set(current.settings.signals);
    this.#watch = watchAgent(this.#shared, (signal, waitedMs) => this.#replace(signal, waitedMs));
    this.#heartbeat = createHeartbeat(this.#shared);
    this.#crashes = createCrashWatch(this.#shared, (message) => !this.#impossible && this.#post(message));
    this.#setTriggers(current.settings);
    this.#inFlight = watchInFlight((resource) => this.#post({ type: 'resource', resource }));
    registry.onChange = () => this.#shared.setRegistered(registry.size());
    registry.onChange();
    this.#hook = createHook({
      registry,
      inFlight: this.#inFlight,
      shared: this.#shared,
      monitor: () => this.#monitor,
      settle: (report, item) => this.#post({ type: 'settled', report, item }),
    });
    installHook(this.#hook);
    this.#unwatchExit = watchExit(
      this.#shared,
      () => this.#post({ type: 'exiting' }),
      () => findSpoolDirectory(this.#current.settings.spoolDir, readEnvironment(), this.#start.cwd),
    );
    this.#headers = new HeaderSource((headers) => this.#post({ type: 'headers', headers }));
    this.#headers.set(headersOf(configuration));
    this.#agent = spawnAgent({
      startData: () => ({
        ...this.#start,
        ...this.#current,
        replaced: this.#replaced,
        resource: this.#inFlight.resource(),
        headers: this.#headers.last,
        tellsReports: !this.#listeners.isEmpty,
      }),
      onMessage: guarded('a message of the agent thread', (message: ToMain) => this.#take(message)),
      onLost: (reason, next) => this.#lose(reason, next),
    });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  settle(configuration: Configuration): void {
    const { settings } = configuration;
    this.#current = readConfigured(configuration);
    this.#signals.set(settings.signals);
    this.#setTriggers(settings);
    this.#post({ type: 'settings', ...this.#current });
    this.#headers.set(headersOf(configuration));
  }

  generate(below: (...args: never) => unknown, request: Request): void {
    const { frames } = captureFrames(MAX_FRAMES, below, EVALUATED);
    const caller = { frames, work: this.#inFlight.caller() };
    const number = this.#requests.nextNumber();
    const { print, deliver } = request;
    const isPosted = !this.#impossible && this.#post({ type: 'generate', request: number, caller, print, deliver });
    if (isPosted) this.#requests.add(number, request);
    else {
      const reason = this.#impossible ? `cannot run (${this.#impossible})` : 'is starting again';
      request.reject(new Error(`no report: the agent thread ${reason}`));
    }
  }

  /** Calls back for each report that is made. @returns a function that ends that */
  onReport(listener: (report: ToldReport) => unknown): () => void {
    return this.#listeners.add(listener);
  }

  /** Until `release`, the process stays alive for an answer of the agent. */
  hold(): void {
    this.#agent?.hold();
  }

  release(): void {
    this.#agent?.release();
  }

  async close(): Promise<void> {
    this.#signals.set([]);
    this.#setTriggers({ stallMs: 0, crash: false });
    this.hold();
    this.#closed = deferred<void>();
    const timer = setTimeout(this.#closed.resolve, CLOSE_MS);
    if (this.#post({ type: 'close' })) await this.#closed.promise;
    clearTimeout(timer);
    await this.#agent?.terminate();
    this.#requests.giveUp('it was closed');
    this.#unwatchExit();
    this.#inFlight.close();
    this.#monitor?.stop();
    removeHook(this.#hook);
  }

  #post(message: ToAgent): boolean {
    return this.#agent?.post(message) ?? false;
  }

  #setTriggers({ stallMs, crash }: Pick<Settings, 'stallMs' | 'crash'>): void {
    this.#heartbeat.set(stallMs);
    this.#crashes.set(crash);
  }

  /** Called for a signal that main has heard. */
  #forward(signal: string): void {
    if (this.#impossible) {
      say(`gmr: ${signal} makes no report: the agent thread cannot run here (${this.#impossible})`);
    } else if (this.#isListening) {
      const count = this.#signals.heard.get(signal) ?? 0;
      this.#post({ type: 'signal', signal, count });
      this.#watch.expect(signal, count);
    }
  }

  #take(message: ToMain): void {
    if (message.type === 'ready') this.#onReady();
    else if (message.type === 'closed') this.#closed?.resolve();
    else if (message.type === 'headers') void this.#headers.ask();
    else if (message.type === 'made') this.#listeners.tell(message.report);
    else if (message.type !== 'ask') this.#requests.take(message);
    else this.#post({ type: 'answer', ask: message.ask, json: this.#hook(message.request) });
  }

  #onReady(): void {
    this.#isListening = true;
    this.#replaced = undefined;
    this.#monitor ??= startLoopMonitor(this.#shared);
    // Signals may have come while there was no agent. The agent knows which of them it has heard itself.
    for (const [signal, count] of this.#signals.heard) this.#post({ type: 'signal', signal, count });
    this.#ready.resolve();
  }

  /** The agent has not taken a signal in time. */
  #replace(signal: string, waitedMs: number): void {
    // It has ended meanwhile: another one is about to start, and answers what main has heard.
    if (!this.#isListening) return;
    this.#replaced = { thread: this.#shared.agentThread(), signal, waitedMs };
    this.#isListening = false;
    this.#shared.reset(this.#signals.heard);
    // The new agent has not taken it, either.
    this.#shared.setSignalsHeard(signal, (this.#signals.heard.get(signal) ?? 1) - 1);
    this.#requests.giveUp('it did not answer');
    this.#agent?.replace();
  }

  #lose(reason: string, next: 'follows' | 'none'): void {
    const isRepeated = !this.#isListening && reason === this.#lostBy;
    this.#lostBy = reason;
    this.#isListening = false;
    this.#shared.reset(this.#signals.heard);
    if (next === 'none') say(`gmr: no reports can be made, the agent thread cannot run here: ${reason}`);
    else if (!isRepeated) say(`gmr: the agent thread ended (${reason})${this.#closed ? '' : '; it is started again'}`);
    this.#requests.giveUp(reason);
    if (next === 'none') this.#impossible = reason;
    // The agent may never be ready, and a program that awaits it would wait for ever.
    this.#ready.resolve();
    this.#closed?.resolve();
  }
}
