import { setImmediate, setTimeout } from 'node:timers';
import type { SharedState } from '../shared-state.js';
import { CpuWatch, readStateLetter, readThreadClock } from '../thread-clock.js';
import { guarded } from './listening.js';

/** Milliseconds between two looks at an agent that has not taken a signal. It takes one before any work on its report. */
const STEP_MS = 300;
/**
 * CPU time that an agent may use without a turn of its loop: if it has nothing to do, and if it has a report in hand. An agent
 * that runs out of memory does so in half of the first.
 */
const IDLE_CPU_MS = 1000;
const WORK_CPU_MS = 2000;
/** Milliseconds of looks at which it neither ran nor waited for a CPU: its disk does not answer, or it has ended. */
const REST_MS = 2000;
/** The same if it was asleep all the time: its loop would wake for the signal, so that it sleeps in another place. */
const STILL_MS = 2 * STEP_MS;
/** The same if it waited for a CPU, where the kernel does not count CPU time: it may loop. */
const UNCOUNTED_MS = 15_000;

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
      const own = new CpuWatch(process.pid);
      let waitedMs = 0;
      let restMs = 0;
      let stillMs = 0;
      const start = readSample(agent);
      let before = start;
      const isTaken = () => shared.signalsHeard(signal) >= count || shared.agentThread() !== agent;
      const isStuck = () => {
        const last = before;
        const now = readSample(agent);
        before = now;
        if (now.cpuMs - start.cpuMs > (shared.undelivered() > 0 ? WORK_CPU_MS : IDLE_CPU_MS)) return true;
        if (now.state === 'R') return !own.isCounted() && waitedMs >= UNCOUNTED_MS;
        restMs += STEP_MS;
        const isStill = now.state === 'S' && last.state === 'S' && now.cpuMs === last.cpuMs && now.turns === last.turns;
        stillMs = isStill ? stillMs + STEP_MS : 0;
        // On a machine that is starved of CPUs it may wait for V8's helpers, which wait for one.
        const patience = own.stretch();
        return restMs >= REST_MS * patience || stillMs >= STILL_MS * patience;
      };
      const look = () => {
        waitedMs += STEP_MS;
        if (!isTaken() && !isStuck()) return wait();
        // If its thread has just ended, main's loop has the reason by then.
        setImmediate(guarded('the watch of the agent', end));
      };
      const end = () => {
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
  readonly turns: number;
}

function readSample(thread: number): Sample {
  const { cpuMs = 0, turns = 0 } = readThreadClock(thread) ?? {};
  return { state: readStateLetter(thread), cpuMs, turns };
}
