import { readClockMs } from '../clock.js';
import type { Ask, Item, Look } from '../main-facts.js';
import type { SharedState } from '../shared-state.js';
import { captureFrames, EVALUATED } from './capture.js';
import { createCpuClock } from './cpu-clock.js';
import { MAX_FRAMES, readFacts } from './facts.js';
import type { InFlightWatch } from './in-flight/in-flight.js';
import type { LoopMonitor } from './loop.js';
import type { Registry } from './registry.js';

/** The key of the hook on main's global object, for the agent's evaluation. */
export const HOOK = Symbol.for('guru-meditation.collect.1');

export interface HookParts {
  readonly registry: Registry;
  readonly inFlight: InFlightWatch;
  monitor(): LoopMonitor | undefined;
  readonly shared: Pick<SharedState, 'hold'>;
  /** Gets the result of an asynchronous generator. */
  settle(report: string, item: Item): void;
}

/**
 * The one function through which the agent reads the main thread. It interrupts the program's code. It returns JSON,
 * since a string is the cheapest value to send.
 */
export function createHook(parts: HookParts): (ask: Ask) => string {
  // Read before the program runs, which may replace them.
  const { stringify } = JSON;
  const readCpuMs = createCpuClock();
  const look = (below: (...args: never) => unknown): Look => {
    const cpuMs = readCpuMs();
    const { frames } = captureFrames(MAX_FRAMES, below, EVALUATED);
    return { frames, atMs: readClockMs(), cpuMs };
  };
  return function collect(ask) {
    if (ask.kind === 'facts') {
      const facts = readFacts(collect, parts.monitor(), () => parts.inFlight.read(ask.report));
      return stringify({ ...facts, registered: parts.registry.size() });
    }
    if (ask.kind === 'frames') return stringify(look(collect));
    if (ask.kind === 'hold') {
      const isIdle = canSeeCalls() && captureFrames(1, collect, EVALUATED).frames.length === 0;
      parts.shared.hold(isIdle ? 'idle' : 'running', ask.boundMs);
      return 'null';
    }
    return stringify(parts.registry.run(ask.from, ask.budgetMs, (item) => parts.settle(ask.report, item)));
  };
}

/** Whether a stack can be captured: a program may have frozen the properties of `Error` that this needs. */
function canSeeCalls(): boolean {
  const keys = ['stackTraceLimit', 'prepareStackTrace'];
  const isOpen = (key: string) => Object.getOwnPropertyDescriptor(Error, key)?.configurable ?? true;
  return Object.isExtensible(Error) && keys.every(isOpen);
}

export function installHook(hook: (ask: Ask) => string): void {
  // It fails if the global object is frozen: the agent then captures the stack without a hook.
  Reflect.defineProperty(globalThis, HOOK, { value: hook, configurable: true, enumerable: false, writable: false });
}

/** Removes it, unless another one has been installed since: the process may be armed again while it is disarmed. */
export function removeHook(hook: (ask: Ask) => string): void {
  if (Reflect.get(globalThis, HOOK) === hook) Reflect.deleteProperty(globalThis, HOOK);
}
