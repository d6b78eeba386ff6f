import { clearInterval, setImmediate, setInterval } from 'node:timers';
import type { SharedState } from '../shared-state.js';
import { beatIntervalMs } from '../triggers/stall.js';

/** Shows the agent that the event loop turns. It costs nothing if stalls make no reports. */
export interface Heartbeat {
  set(stallMs: number): void;
}

export function createHeartbeat(shared: SharedState): Heartbeat {
  let timer: NodeJS.Timeout | undefined;
  let current = 0;
  return {
    set(stallMs) {
      if (stallMs === current) return;
      current = stallMs;
      clearInterval(timer);
      timer = undefined;
      if (stallMs === 0) return;
      // The first turn of the loop counts at once: a stall may begin right after it.
      setImmediate(() => shared.addBeat()).unref();
      timer = setInterval(() => shared.addBeat(), beatIntervalMs(stallMs)).unref();
    },
  };
}
