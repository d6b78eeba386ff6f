import { setTimeout } from 'node:timers';
import type { SharedState } from '../shared-state.js';
import { readStateLetter, readThreadClock } from '../thread-clock.js';
import { guarded } from './listening.js';

/** Milliseconds between two looks at an agent that has not taken a signal. It takes one before any work on its report. */
const STEP_MS = 300;
/**
 * CPU time that an agent may use without a turn of its loop: if it has nothing to do, and if it has a report in hand. An agent
 * that runs out of memory does so in half of the first.
 */
const IDLE_CPU_MS = 1000;
const WORK_CPU_MS = 2000;
/** Milliseconds for an agent that neither runs nor waits for a CPU: its disk does not answer, or it has ended. */
const WAIT_MS = 2000;
/** The same for a thread that only waits for a CPU, on a busy machine. */
const BUSY_MS = 15_000;

export interface AgentWatch {
  /** Main has heard a signal for the `count`th time. */
  expect(signal: string, count: number): void;
}

/**
 * Checks that the agent takes the signals that main hears. `onStuck` is called if it has not taken one in time, and does not
 * merely wait for a CPU.
 */
export function watchAgent(
  shared: Pick<SharedState, 'signalsHeard' | 'agentThread' | 'undelivered'>,
  onStuck: (signal: string, waitedMs: number) => void,
): AgentWatch {
  let watching = false;
  return {
    expect(signal, count) {
      if (watching) return;
      watching = true;
      const agent = shared.agentThread();
      let waitedMs = 0;
      const start = readSample(agent);
      let before = start;
      const isTaken = () => shared.signalsHeard(signal) >= count || shared.agentThread() !== agent;
      const isStuck = () => {
        const last = before;
        const now = readSample(agent);
        before = now;
        // Its loop would wake for the signal. A thread that is asleep all the time sleeps in another place.
        if (last.state === 'S' && now.state === 'S' && now.cpuMs === last.cpuMs) return waitedMs > STEP_MS;
        if (now.cpuMs - start.cpuMs > (shared.undelivered() > 0 ? WORK_CPU_MS : IDLE_CPU_MS)) return true;
        return waitedMs >= (now.state === 'R' ? BUSY_MS : WAIT_MS);
      };
      const look = () => {
        waitedMs += STEP_MS;
        if (!isTaken() && !isStuck()) return wait();
        watching = false;
        if (!isTaken()) onStuck(signal, waitedMs);
      };
      const wait = () => void setTimeout(guarded('the watch of the agent', look), STEP_MS).unref();
      wait();
    },
  };
}

interface Sample {
  /** The kernel's letter. */
  readonly state: string;
  readonly cpuMs: number;
}

function readSample(thread: number): Sample {
  return { state: readStateLetter(thread), cpuMs: readThreadClock(thread)?.cpuMs ?? 0 };
}
