import { performance } from 'node:perf_hooks';
import type { Ask, Item, Look } from '../protocol.js';
import { captureFrames, EVALUATED } from './capture.js';
import { MAX_FRAMES, readFacts } from './facts.js';
import type { InFlightWatch } from './in-flight/in-flight.js';
import type { LoopMonitor } from './loop.js';
import type { Registry } from './registry.js';

/** Where the agent's evaluation finds the hook on main's global object. */
export const HOOK = Symbol.for('guru-meditation.collect');

export interface HookParts {
  readonly registry: Registry;
  readonly inFlight: InFlightWatch;
  monitor(): LoopMonitor | undefined;
  /** Gets what an asynchronous generator came to. */
  settle(report: string, item: Item): void;
}

/**
 * The one function through which the agent reads the main thread, called in the middle of whatever main is doing.
 * Answers JSON: a text is the cheapest thing to carry across.
 */
export function createHook(parts: HookParts): (ask: Ask) => string {
  // Kept from before the program runs: it may replace them.
  const { stringify } = JSON;
  const readCpu = process.cpuUsage.bind(process);
  const look = (below: (...args: never) => unknown): Look => {
    const { user, system } = readCpu();
    const { frames } = captureFrames(MAX_FRAMES, below, EVALUATED);
    return { frames, atMs: performance.now(), cpuMs: (user + system) / 1000 };
  };
  return function collect(ask) {
    if (ask.kind === 'facts') {
      const facts = readFacts(collect, parts.monitor(), () => parts.inFlight.read(ask.report));
      return stringify({ ...facts, registered: parts.registry.size() });
    }
    if (ask.kind === 'frames') return stringify(look(collect));
    return stringify(parts.registry.run(ask.from, ask.budgetMs, (item) => parts.settle(ask.report, item)));
  };
}

export function installHook(hook: (ask: Ask) => string): void {
  // False on a global object that is frozen: the agent then captures the stack without a hook.
  Reflect.defineProperty(globalThis, HOOK, { value: hook, configurable: true, enumerable: false, writable: false });
}

export function removeHook(): void {
  Reflect.deleteProperty(globalThis, HOOK);
}
