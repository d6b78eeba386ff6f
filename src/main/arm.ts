import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { createCounters, openCounters } from '../counters.js';
import type { GeneratedReport, PackageOptions, StartData, ToMain } from '../protocol.js';
import type { Settings } from '../settings.js';
import { findSpoolDirectory } from '../state-directory.js';
import { expectedStderr, say } from '../stderr.js';
import { captureFrames, EVALUATED } from './capture.js';
import { createCrashWatch } from './crash.js';
import { readCwd } from './cwd.js';
import { deferred } from './deferred.js';
import { readEnvironment } from './environment.js';
import { watchExit } from './exit.js';
import { MAX_FRAMES } from './facts.js';
import { createHeartbeat } from './heartbeat.js';
import { createHook, installHook, removeHook } from './hook.js';
import { watchInFlight } from './in-flight/in-flight.js';
import { guarded } from './listening.js';
import { type LoopMonitor, startLoopMonitor } from './loop.js';
import { inspectorDenied } from './permission.js';
import type { Registry } from './registry.js';
import { createSignalListeners } from './signals.js';
import { type AgentHandle, spawnAgent } from './spawn.js';

/** Milliseconds that `close` gives to deliveries in flight. */
const CLOSE_MS = 5000;

export interface Request {
  readonly print: boolean;
  resolve(report: GeneratedReport): void;
  reject(error: Error): void;
  deliver(outcome: string): void;
}

/** The main thread's share, armed. */
export interface Armed {
  readonly ready: Promise<void>;
  settle(settings: Settings, options: PackageOptions): void;
  generate(below: (...args: never) => unknown, request: Request): void;
  /** Between the two, the process stays alive for an answer of the agent's. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** Listens to the signals at once, installs the hook, then starts the agent. */
export function arm(settings: Settings, options: PackageOptions, registry: Registry): Armed {
  const buffer = createCounters();
  const counters = openCounters(buffer);
  const requests = new Map<number, Request>();
  const start = readStart(buffer);
  let current = { settings, options };
  let monitor: LoopMonitor | undefined;
  let agent: AgentHandle | undefined;
  let listening = false;
  let impossible: string | undefined;
  let nextRequest = 1;
  const ready = deferred<void>();
  const closed = deferred<void>();

  const signals = createSignalListeners((signal) => {
    if (impossible) say(`gmr: ${signal} makes no report: the agent thread cannot run here (${impossible})`);
    else if (listening) agent?.post({ type: 'signal', signal, count: signals.heard.get(signal) ?? 0 });
  });
  signals.set(settings.signals);
  const heartbeat = createHeartbeat(counters);
  heartbeat.set(settings.stallMs);
  const crashes = createCrashWatch(counters, (message) => !impossible && (agent?.post(message) ?? false));
  crashes.set(settings.crash);

  const onReady = () => {
    listening = true;
    monitor ??= startLoopMonitor();
    // What only main heard, while no agent was there; the agent knows which it has heard itself.
    for (const [signal, count] of signals.heard) agent?.post({ type: 'signal', signal, count });
    ready.resolve();
  };
  const onMessage = (message: ToMain) => {
    if (message.type === 'ready') onReady();
    else if (message.type === 'ask') agent?.post({ type: 'answer', ask: message.ask, json: hook(message.request) });
    else if (message.type === 'report') requests.get(message.request)?.resolve(message.report);
    else if (message.type === 'closed') closed.resolve();
    else if (message.type === 'failed') {
      requests.get(message.request)?.reject(new Error(`no report: ${message.reason}`));
      requests.delete(message.request);
    } else {
      requests.get(message.request)?.deliver(message.outcome);
      requests.delete(message.request);
    }
  };
  const giveUpRequests = (reason: string) => {
    for (const request of requests.values()) {
      request.reject(new Error(`no report: the agent thread ended (${reason})`));
      request.deliver(`not known: the agent thread ended (${reason})`);
    }
    requests.clear();
  };
  const onLost = (reason: string, forGood: boolean) => {
    listening = false;
    counters.reset(signals.heard);
    say(
      forGood
        ? `gmr: no reports can be made, the agent thread cannot run here: ${reason}`
        : `gmr: the agent thread ended (${reason}); it is started again`,
    );
    giveUpRequests(reason);
    if (forGood) impossible = reason;
    // It may never be: nobody is to wait for that.
    ready.resolve();
  };

  const inFlight = watchInFlight((resource) => agent?.post({ type: 'resource', resource }));
  registry.onChange = () => counters.setRegistered(registry.size());
  registry.onChange();
  const hook = createHook({
    registry,
    inFlight,
    monitor: () => monitor,
    settle: (report, item) => agent?.post({ type: 'settled', report, item }),
  });
  installHook(hook);
  const unwatchExit = watchExit(
    counters,
    () => agent?.post({ type: 'exiting' }),
    () => findSpoolDirectory(current.settings.spoolDir, readEnvironment(), start.cwd),
  );
  agent = spawnAgent({
    startData: () => ({ ...start, ...current, resource: inFlight.resource() }),
    onMessage: guarded('a message of the agent thread', onMessage),
    onLost,
  });

  return {
    ready: ready.promise,
    settle(changed, about) {
      current = { settings: changed, options: about };
      signals.set(changed.signals);
      heartbeat.set(changed.stallMs);
      crashes.set(changed.crash);
      agent?.post({ type: 'settings', ...current });
    },
    generate(below, request) {
      const { frames } = captureFrames(MAX_FRAMES, below, EVALUATED);
      const number = nextRequest++;
      const caller = { frames, work: inFlight.caller() };
      const posted = !impossible && agent?.post({ type: 'generate', request: number, caller, print: request.print });
      if (posted) requests.set(number, request);
      else
        request.reject(
          new Error(`no report: the agent thread ${impossible ? `cannot run (${impossible})` : 'is starting again'}`),
        );
    },
    hold: () => agent?.hold(),
    release: () => agent?.release(),
    async close() {
      signals.set([]);
      heartbeat.set(0);
      crashes.set(false);
      agent?.hold();
      const timer = setTimeout(() => closed.resolve(), CLOSE_MS);
      if (agent?.post({ type: 'close' })) await closed.promise;
      clearTimeout(timer);
      await agent?.terminate();
      giveUpRequests('it was closed');
      unwatchExit();
      inFlight.close();
      monitor?.stop();
      removeHook();
    },
  };
}

/** Read once: an agent that starts again does so in a process that may have changed its directory, or lost it. */
function readStart(counters: SharedArrayBuffer): Omit<StartData, 'settings' | 'options' | 'resource'> {
  return {
    startedMs: performance.timeOrigin,
    argv: [...process.argv],
    execArgv: [...process.execArgv],
    cwd: readCwd(),
    stderr: expectedStderr(),
    counters,
    inspectorDenied: inspectorDenied(),
  };
}
