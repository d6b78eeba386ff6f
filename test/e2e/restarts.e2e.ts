import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killAll, type Program } from '../process/start.js';
import { type Printed, report, startService, untilTaken } from './apps.js';
import { until, waitForReport } from './backends.js';
import { findTrace } from './grafana.js';
import { type Stack, startStack } from './stack.js';

const FLEET = 10;
const WAITS = /^gmr [0-9a-f]{32}: \S+ did not take \d+ log records.*tried again in/m;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(killAll);
afterAll(() => stack?.close());

/** Killed with SIGKILL, as a machine does that fails: what they hold in memory is gone. */
describe('nothing is lost when a backend is killed in the middle', () => {
  it('Loki and Jaeger, then the collector that holds what they have not taken', async () => {
    const fleet = await startFleet();
    const before = await Promise.all(fleet.map((program) => report(program)));
    await stack.kill('loki');
    await stack.kill('jaeger');
    const during = await Promise.all(fleet.map((program) => report(program, 2)));
    await stack.kill('collector');
    await stack.start('collector');
    await Promise.all([stack.start('loki'), stack.start('jaeger')]);
    await expectAll([...before, ...during]);
  });

  it('the collector, while a fleet reports to it', async () => {
    const fleet = await startFleet();
    await stack.kill('collector');
    for (const program of fleet) program.kill();
    await Promise.all(fleet.map((program) => program.untilStderr(WAITS)));
    await stack.start('collector');
    await expectAll(await Promise.all(fleet.map((program) => untilTaken(program))));
  });

  it('Loki and Jaeger, with what they have taken and not yet flushed', async () => {
    const [program] = await startFleet(1);
    const printed = await report(program as Program);
    await expectAll([printed]);
    for (const name of ['loki', 'jaeger'] as const) {
      await stack.kill(name);
      await stack.start(name);
    }
    await expectAll([printed]);
  });
});

async function startFleet(count = FLEET): Promise<Program[]> {
  const fleet = Array.from({ length: count }, () => startService(stack, 'fleet', 'idle'));
  await Promise.all(fleet.map((program) => program.untilStdout(/up/)));
  return fleet;
}

/** Each is there whole, and each of its records and spans once. */
async function expectAll(reports: readonly Printed[]): Promise<void> {
  for (const { id, records, spans, text } of reports) {
    const entries = await waitForReport(stack.lokiUrl, id, records);
    expect(entries).toHaveLength(records);
    expect(entries.map(({ line }) => (JSON.parse(line) as { text: string }).text).join('')).toBe(text);
    const trace = await until(
      () => findTrace(stack, id),
      (found) => found.length >= spans,
      `${spans} spans`,
    );
    expect(trace).toHaveLength(spans);
  }
}
