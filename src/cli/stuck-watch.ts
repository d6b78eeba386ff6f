import { setTimeout as pause } from 'node:timers/promises';
import { GLANCE_MS, MainWatch } from './main-watch.js';

const LOOK_MS = 100;

/**
 * Looks at the main threads of processes until all have gone, and calls `report` each time one has been away from its event loop
 * for `stuckMs`: once, until it has come back.
 */
export async function watchStuck(
  pids: readonly number[],
  stuckMs: number,
  report: (pid: number) => Promise<void>,
): Promise<void> {
  const watches = new Map(pids.map((pid) => [pid, new MainWatch(pid)]));
  /** How often each had returned to its event loop when it was told. */
  const told = new Map<number, number>();
  const asked = new Set<Promise<void>>();
  while (watches.size > 0) {
    for (const [pid, watch] of watches) {
      const main = watch.look();
      if (!main) watches.delete(pid);
      else if (main.forMs !== undefined && main.forMs >= stuckMs && told.get(pid) !== main.returns) {
        told.set(pid, main.returns);
        // The others are looked at meanwhile.
        const one: Promise<void> = report(pid).finally(() => asked.delete(one));
        asked.add(one);
      }
    }
    for (let ms = 0; ms < LOOK_MS; ms += GLANCE_MS) {
      await pause(GLANCE_MS);
      for (const watch of watches.values()) watch.glance();
    }
  }
  await Promise.all(asked);
}
