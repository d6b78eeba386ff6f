import type { Counters } from '../counters.js';
import { say } from '../stderr.js';
import { guarded, listen } from './listening.js';

/** Milliseconds that the end of the process waits for the agent to let go of the main thread: it may be busy sending. */
const DISCONNECT_MS = 1000;

/** On the way out: has the agent let go of main, and says what was not delivered. Returns what takes it off again. */
export function watchExit(counters: Counters, tellAgent: () => void, findSpool: () => string | undefined): () => void {
  const onExit = guarded('the end of the process', () => {
    // Listeners behind ours may still run for long, and a report about them is wanted; behind the last one nothing is.
    const last = process.listeners('exit').at(-1) === onExit;
    counters.setExiting(last ? 'last' : 'begun');
    tellAgent();
    // Node would wait for a connected session, and say so on stderr (20 and 22).
    if (counters.connected()) counters.waitForDisconnect(DISCONNECT_MS);
    if (counters.undelivered() > 0) say(describeUndelivered(counters, findSpool()));
  });
  return listen('exit', onExit);
}

function describeUndelivered(counters: Counters, spool: string | undefined): string {
  const undelivered = counters.undelivered();
  const waiting = Math.min(counters.waiting(), undelivered);
  const sentence = `gmr: the process ended before ${undelivered} of its reports had been taken by a collector`;
  if (waiting === 0 || spool === undefined) return sentence;
  return `${sentence}; ${waiting === undelivered ? '' : `${waiting} of them `}on disk, for the next process of this service or gmr replay: ${spool}`;
}
