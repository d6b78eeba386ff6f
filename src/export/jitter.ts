import type { Counters } from '../counters.js';
import type { Delivery } from './delivery.js';

/** Of the time that `close` has, the share that what was held back gets to be sent. */
const CLOSING_SHARE = 0.75;

/**
 * The same delivery, but each report is held back for a random time up to `jitterMs` before its first try, so that
 * hundreds of processes that were asked at once do not reach their collector at once. Text and spool have it before; a
 * crash's report does not wait. Closing sends what is held back.
 */
export function spreadDeliveries(
  delivery: Delivery,
  jitterMs: number,
  counters: Pick<Counters, 'addUndelivered'>,
): Delivery {
  if (jitterMs <= 0) return delivery;
  const held = new Set<() => void>();
  const released = new Set<Promise<string>>();
  let closing = false;

  const hold = () =>
    new Promise<void>((resolve) => {
      const release = () => {
        clearTimeout(timer);
        held.delete(release);
        resolve();
      };
      const timer = setTimeout(release, Math.random() * jitterMs).unref();
      held.add(release);
    });

  return {
    ...delivery,
    async send(report, draft) {
      if (closing || report.trigger.kind === 'crash') return delivery.send(report, draft);
      counters.addUndelivered(1);
      await hold();
      const sent = delivery.send(report, draft);
      counters.addUndelivered(-1);
      if (closing) released.add(sent);
      return sent;
    },
    async close(boundMs) {
      closing = true;
      const startMs = performance.now();
      for (const release of held) release();
      // They have begun after this turn of the loop.
      await new Promise((turned) => setImmediate(turned));
      if (released.size > 0) {
        const bound = new Promise<void>((resolve) => void setTimeout(resolve, boundMs * CLOSING_SHARE).unref());
        await Promise.race([Promise.allSettled(released), bound]);
      }
      await delivery.close(Math.max(0, boundMs - (performance.now() - startMs)));
    },
  };
}
