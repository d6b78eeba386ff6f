import { clearInterval, setInterval } from 'node:timers';
import type { Counters } from '../counters.js';
import { beatIntervalMs } from '../triggers/stall.js';

/** Shows the agent that the event loop turns; without a bound for stalls it costs nothing. */
export interface Heartbeat {
  set(stallMs: number): void;
}

export function createHeartbeat(counters: Counters): Heartbeat {
  let timer: NodeJS.Timeout | undefined;
  let current = 0;
  return {
    set(stallMs) {
      if (stallMs === current) return;
      current = stallMs;
      clearInterval(timer);
      timer = undefined;
      if (stallMs > 0) timer = setInterval(() => counters.addBeat(), beatIntervalMs(stallMs)).unref();
    },
  };
}
