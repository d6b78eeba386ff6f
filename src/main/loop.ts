import type { EventLoopUtilization, IntervalHistogram } from 'node:perf_hooks';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import type { LoopFacts } from '../main-facts.js';
import type { SharedState } from '../shared-state.js';
import { TURN_MS } from '../turns.js';

/** Milliseconds between samples: ten samples a second cost nothing, and a shorter delay does no harm. */
const RESOLUTION_MS = 100;
const GC_KINDS: { readonly [flag: number]: string } = {
  1: 'scavenge',
  2: 'minor',
  4: 'major',
  8: 'incremental',
  16: 'weak callbacks',
};

/** Kept from before the program runs. */
const { structuredClone } = globalThis;

export interface LoopMonitor {
  read(): LoopFacts;
  stop(): void;
}

/**
 * Watches the event loop's delay and the garbage collector of the calling thread, and does not keep the process
 * alive. The agent sees in the shared state when the loop last turned, also while main is in native code.
 */
export function startLoopMonitor(shared: Pick<SharedState, 'setTurned' | 'setTimersLag'>): LoopMonitor {
  // Not imported: the program does not wait for this.
  const { monitorEventLoopDelay, PerformanceObserver, performance } = process.getBuiltinModule('node:perf_hooks');
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  shared.setTurned();
  let isMeasured = false;
  const turning = setInterval(() => {
    shared.setTurned();
    if (!isMeasured) measureTimers(shared);
    isMeasured = true;
  }, TURN_MS).unref();
  const gc: Record<string, { count: number; totalMs: number; maxMs: number }> = {};
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) addCollection(gc, entry);
  });
  observer.observe({ entryTypes: ['gc'] });
  let last: EventLoopUtilization | undefined;

  return {
    read() {
      const now = performance.eventLoopUtilization();
      const recent = last && performance.eventLoopUtilization(now, last).utilization;
      last = now;
      for (const entry of observer.takeRecords()) addCollection(gc, entry);
      return {
        utilization: now.utilization,
        ...(recent === undefined || Number.isNaN(recent) ? {} : { recentUtilization: recent }),
        ...(delay.count > 0 ? { delay: readDelay(delay) } : {}),
        gc: structuredClone(gc),
      };
    },
    stop() {
      clearInterval(turning);
      delay.disable();
      observer.disconnect();
    },
  };
}

/** Node counts the time of timers from a moment of its start. It has just read its clock, since this runs in a timer's callback. */
function measureTimers(shared: Pick<SharedState, 'setTimersLag'>): void {
  const probe = setTimeout(() => {}, 1e6);
  const start: unknown = Reflect.get(probe, '_idleStart');
  if (typeof start === 'number') shared.setTimersLag(process.uptime() * 1000 - start);
  clearTimeout(probe);
}

/** Milliseconds beyond the timer's own interval: the delay of a callback. */
function readDelay(delay: IntervalHistogram): { [percentile: string]: number } {
  const over = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e4 - RESOLUTION_MS * 100) / 100);
  return {
    mean: over(delay.mean),
    p50: over(delay.percentile(50)),
    p90: over(delay.percentile(90)),
    p99: over(delay.percentile(99)),
    max: over(delay.max),
    samples: delay.count,
  };
}

function addCollection(
  gc: Record<string, { count: number; totalMs: number; maxMs: number }>,
  entry: { duration: number; detail?: unknown },
): void {
  const flag = (entry.detail as { kind?: number } | undefined)?.kind ?? 0;
  const kind = GC_KINDS[flag] ?? 'other';
  const sum = gc[kind] ?? { count: 0, totalMs: 0, maxMs: 0 };
  gc[kind] = sum;
  sum.count += 1;
  sum.totalMs += entry.duration;
  sum.maxMs = Math.max(sum.maxMs, entry.duration);
}
