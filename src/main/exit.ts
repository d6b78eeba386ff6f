import type { SharedState } from '../shared-state.js';
import { say } from '../stderr.js';
import { CpuWatch, isRunnable } from '../thread-clock.js';
import { guarded, listen } from './listening.js';

/**
 * Milliseconds that the end of the process waits for the agent to disconnect from the main thread. An agent that is busy
 * for longer is ended by Node, which then prints `Waiting for the debugger to disconnect...`.
 */
const DISCONNECT_MS = 100;
/** On a busy machine the agent may merely wait for a CPU. */
const BUSY_DISCONNECT_MS = 1000;

/**
 * At the end of the process: disconnects the agent from main, and prints how many reports were not delivered.
 *
 * @returns a function that stops the watch
 */
export function watchExit(shared: SharedState, tellAgent: () => void, findSpool: () => string | undefined): () => void {
  const onExit = guarded('the end of the process', () => {
    // Listeners behind ours may run for long, and a signal can still make a report about them.
    const last = process.listeners('exit').at(-1) === onExit;
    shared.setExiting(last ? 'last' : 'begun');
    tellAgent();
    // With a connected session, Node would print a line of its own on stderr.
    waitForDisconnect(shared);
    const spool = shared.undelivered() > 0 ? findSpool() : undefined;
    // The agent goes on meanwhile: the number is read once.
    const undelivered = shared.undelivered();
    if (undelivered > 0) say(describeUndelivered(undelivered, shared.waiting(), spool));
  });
  return listen('exit', onExit);
}

/** Waits longer than `DISCONNECT_MS` only while the agent has no CPU. */
function waitForDisconnect(shared: SharedState): void {
  const agent = shared.agentThread();
  for (let waitedMs = 0; shared.connected() && waitedMs < BUSY_DISCONNECT_MS; waitedMs += DISCONNECT_MS) {
    const cpu = new CpuWatch(agent);
    shared.waitForDisconnect(DISCONNECT_MS);
    if (!isRunnable(agent) || cpu.since().cpuMs > DISCONNECT_MS / 2) return;
  }
}

function describeUndelivered(undelivered: number, onDisk: number, spool: string | undefined): string {
  const waiting = Math.min(onDisk, undelivered);
  const sentence = `gmr: the process ended before ${undelivered} of its reports had been taken by a collector`;
  if (waiting === 0 || spool === undefined) return sentence;
  return `${sentence}; ${waiting === undelivered ? '' : `${waiting} of them `}on disk, for the next process of this service or gmr replay: ${spool}`;
}
