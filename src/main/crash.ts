import { readClockMs } from '../clock.js';
import type { ToAgent } from '../protocol.js';
import type { CrashReport, SharedState } from '../shared-state.js';
import { CpuWatch } from '../thread-clock.js';
import { guarded, listen } from './listening.js';
import { toPlain } from './plain.js';

/** The longest delay of a crash: for the report's text, then for a collector's answer. It is tripled if the agent has no CPU. */
const PRINT_MS = 3000;
const DELIVERY_MS = 1000;

/** Milliseconds within which an end counts as that of the error: the program's handler has written its log by then. */
const HANDLED_MS = 5000;

/** Makes a report of an error that is about to end the process. */
export interface CrashWatch {
  set(enabled: boolean): void;
  /** The process ends with this code: the program may do so for an error that it has handled. */
  end(exitCode: number): void;
}

interface Thrown {
  readonly error: unknown;
  readonly origin: string;
  readonly atMs: number;
}

/**
 * The event `uncaughtExceptionMonitor` leaves Node's behaviour alone: its message, its exit code, the program's own
 * handlers. An error that such a handler takes makes a report only if the process then ends with a code that is not 0.
 */
export function createCrashWatch(shared: SharedState, post: (message: ToAgent) => boolean): CrashWatch {
  const wait = (stage: CrashReport, ms: number): boolean => {
    const agent = new CpuWatch(shared.agentThread());
    return shared.waitForCrashReport(stage, ms) || (agent.isStarved() && shared.waitForCrashReport(stage, 2 * ms));
  };
  let handled: Thrown | undefined;
  const report = ({ error, origin }: Thrown): void => {
    // The agent can read this thread while it waits.
    if (post({ type: 'crash', origin, error: toPlain(error) }) && wait('printed', PRINT_MS)) wait('ended', DELIVERY_MS);
  };
  const onCrash = guarded('a report of a crash', (error: unknown, origin: string) => {
    const thrown = { error, origin, atMs: readClockMs() };
    const isHandled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (isHandled) handled = thrown;
    else report(thrown);
  });
  let stop: (() => void) | undefined;
  return {
    set(enabled) {
      stop?.();
      stop = enabled ? listen('uncaughtExceptionMonitor', onCrash) : undefined;
      handled = undefined;
    },
    end(exitCode) {
      if (handled && exitCode !== 0 && readClockMs() - handled.atMs < HANDLED_MS) report(handled);
    },
  };
}
