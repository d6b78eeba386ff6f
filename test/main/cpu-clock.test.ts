import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { createCpuClock } from '../../src/main/cpu-clock.js';

const spinner = new Worker('for (;;);', { eval: true });
afterAll(() => spinner.terminate());

it("counts this thread's time, and not what another thread of the process uses", () => {
  const read = createCpuClock();
  const processMs = () => process.cpuUsage().user / 1000;
  // Until the other one has run for a while.
  const start = { ownMs: read(), processMs: processMs() };
  while (processMs() - start.processMs < 200) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  expect(read() - start.ownMs).toBeLessThan(100);
});

it('goes on while this thread runs, between two ticks of the kernel too', () => {
  const read = createCpuClock();
  let last = read();
  let steps = 0;
  const end = last + 50;
  while (last < end) {
    const now = read();
    expect(now).toBeGreaterThanOrEqual(last);
    if (now > last) steps += 1;
    last = now;
  }
  expect(steps).toBeGreaterThan(10);
});
