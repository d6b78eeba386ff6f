import type { ToAgent } from '../protocol.js';
import type { CrashReport, SharedState } from '../shared-state.js';
import { CpuWatch } from '../thread-clock.js';
import { guarded, listen } from './listening.js';
import { toPlain } from './plain.js';

/** The longest delay of a crash: for the report's text, then for a collector's answer. It is tripled if the agent has no CPU. */
const PRINT_MS = 3000;
const DELIVERY_MS = 1000;

/** Makes a report of an error that is about to end the process. */
export interface CrashWatch {
  set(enabled: boolean): void;
}

/**
 * The event `uncaughtExceptionMonitor` leaves Node's behaviour alone: its message, its exit code, the program's own
 * handlers. If the program handles such errors itself, they do not end the process, and make no report.
 */
export function createCrashWatch(shared: SharedState, post: (message: ToAgent) => boolean): CrashWatch {
  const wait = (stage: CrashReport, ms: number): boolean => {
    const agent = new CpuWatch(shared.agentThread());
    return shared.waitForCrashReport(stage, ms) || (agent.isStarved() && shared.waitForCrashReport(stage, 2 * ms));
  };
  const onCrash = guarded('a report of a crash', (error: unknown, origin: string) => {
    const handled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (handled || !post({ type: 'crash', origin, error: toPlain(error) })) return;
    // The agent can read this thread while it waits.
    if (wait('printed', PRINT_MS)) wait('ended', DELIVERY_MS);
  });
  let stop: (() => void) | undefined;
  return {
    set(enabled) {
      stop?.();
      stop = enabled ? listen('uncaughtExceptionMonitor', onCrash) : undefined;
    },
  };
}
