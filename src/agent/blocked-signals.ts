import { findBlockedSignals } from '../procfs/signal-masks.js';
import type { StartData } from '../protocol.js';
import { say } from '../stderr.js';

/** Main blocks nearly all signals while it starts a child: such a look does not count. A signal has to stay blocked. */
const LOOKS = 4;
const LOOK_MS = 250;
/** Looks that met a process at the start of a child, if it starts one after the other. It may have been started so, too. */
const MAX_SPAWNS = 40;

/**
 * Says which of the signals never arrive: Node blocks SIGUSR1 in a process whose inspector is denied, or that is to
 * start no debugger on it, and the sender would wait for ever.
 */
export function tellBlockedSignals(
  readSignals: () => readonly string[],
  { inspectorDenied, execArgv }: Pick<StartData, 'inspectorDenied' | 'execArgv'>,
): void {
  let blocked = readSignals();
  let looks = 0;
  let spawns = 0;
  const look = () => {
    const now = findBlockedSignals(readSignals());
    if (now === undefined) spawns += 1;
    else {
      blocked = blocked.filter((signal) => now.includes(signal));
      looks += 1;
    }
    if (blocked.length === 0) return;
    if (looks < LOOKS && spawns < MAX_SPAWNS) setTimeout(look, LOOK_MS).unref();
    else if (looks === LOOKS || looks === 0)
      for (const signal of blocked)
        say(`gmr: ${signal} makes no report: Node blocks it here (${why}); use another, see GMR_SIGNALS`);
  };
  const why = inspectorDenied ?? (execArgv.includes('--disable-sigusr1') ? '--disable-sigusr1' : 'SigBlk');
  look();
}
