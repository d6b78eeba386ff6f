import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startLoopMonitor } from '../../src/main/loop.js';

it('tells the delay of the event loop in hundredths of a millisecond', async () => {
  const monitor = startLoopMonitor({ setTurned() {}, setTimersLag() {} });
  let delay: { readonly [percentile: string]: number } = {};
  while ((delay.samples ?? 0) < 3) {
    await pause(50);
    const endMs = performance.now() + 7;
    while (performance.now() < endMs);
    delay = monitor.read().delay ?? {};
  }
  monitor.stop();
  for (const ms of Object.values(delay)) expect(ms).toBe(Number(ms.toFixed(2)));
});
