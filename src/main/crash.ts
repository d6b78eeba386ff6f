import type { Counters } from '../counters.js';
import type { ToAgent } from '../protocol.js';
import { guarded, listen } from './listening.js';
import { toPlain } from './plain.js';

/** What a crash may be held up by: for the report's text, then for a collector's answer. */
const PRINT_MS = 3000;
const DELIVERY_MS = 1000;

/** Has a report made of what is about to end the process. */
export interface CrashWatch {
  set(enabled: boolean): void;
}

/**
 * The monitor's event changes nothing of what Node does: its message, its exit code, the program's own handlers. Where
 * the program handles such errors itself, they end nothing, and make no report.
 */
export function createCrashWatch(counters: Counters, post: (message: ToAgent) => boolean): CrashWatch {
  const onCrash = guarded('a report of a crash', (error: unknown, origin: string) => {
    const handled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (handled || !post({ type: 'crash', origin, error: toPlain(error) })) return;
    // In this wait the agent reads the thread as in any other.
    if (counters.waitForCrashReport('printed', PRINT_MS)) counters.waitForCrashReport('ended', DELIVERY_MS);
  });
  let stop: (() => void) | undefined;
  return {
    set(enabled) {
      stop?.();
      stop = enabled ? listen('uncaughtExceptionMonitor', onCrash) : undefined;
    },
  };
}
