import { afterEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/export/delivery.js';
import { spreadDeliveries } from '../../src/export/jitter.js';
import { accept, cleanUp, makeReport, startCollector, startDelivery } from './helpers.js';

afterEach(cleanUp);

/** A delivery that takes note of when it is asked. */
function noteDelivery() {
  const sentMs: number[] = [];
  const startMs = performance.now();
  let undelivered = 0;
  const delivery: Delivery = {
    warm: async () => {},
    writeAhead: async () => ({ logs: undefined, traces: undefined, refusals: [] }),
    send: async () => {
      sentMs.push(performance.now() - startMs);
      return 'taken';
    },
    adopt: async () => [],
    restore: async () => {},
    close: async () => {},
  };
  const counters = {
    addUndelivered: (delta: number) => {
      undelivered += delta;
    },
  };
  return { delivery, counters, sentMs, undelivered: () => undelivered };
}

describe('a delivery with jitter', () => {
  it('spreads the first tries over its time, and is never later', async () => {
    const { delivery, counters, sentMs } = noteDelivery();
    const spread = spreadDeliveries(delivery, 400, counters);
    await Promise.all(Array.from({ length: 200 }, () => spread.send(makeReport())));
    expect(sentMs).toHaveLength(200);
    const quarters = [0, 100, 200, 300].map(
      (fromMs) => sentMs.filter((ms) => ms >= fromMs && ms < fromMs + 100).length,
    );
    // 50 each, were the machine alone with it; a herd would be 200 in the first.
    expect(quarters[0]).toBeLessThan(120);
    expect(sentMs.filter((ms) => ms > 200).length).toBeGreaterThan(50);
  });

  it('is no other than the one beneath it where the jitter is 0', () => {
    const { delivery, counters } = noteDelivery();
    expect(spreadDeliveries(delivery, 0, counters)).toBe(delivery);
  });

  it('counts what is held back as undelivered, and holds no crash back', async () => {
    const { delivery, counters, sentMs, undelivered } = noteDelivery();
    const spread = spreadDeliveries(delivery, 600_000, counters);
    const held = spread.send(makeReport());
    expect(undelivered()).toBe(1);
    await spread.send({ ...makeReport(), trigger: { kind: 'crash', origin: 'uncaughtException', error: null } });
    expect(sentMs).toHaveLength(1);
    await spread.close(1000);
    expect(await held).toBe('taken');
    expect([sentMs.length, undelivered()]).toEqual([2, 0]);
  });

  it('sends what is held back when it is closed, and waits until it is taken', async () => {
    const collector = await startCollector();
    collector.answer((response, received, n) => void setTimeout(() => accept(response, received, n), 200));
    const beneath = startDelivery({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const spread = spreadDeliveries(beneath, 600_000, { addUndelivered: () => {} });
    const outcomes = [spread.send(makeReport()), spread.send(makeReport())];
    await spread.close(20_000);
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatch(/^2 records taken by /);
    expect(collector.records()).toHaveLength(4);
    expect(beneath.undelivered()).toBe(0);
  });
});
