import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { killAll } from '../process/start.js';
import { report, startService } from './apps.js';
import { until, waitForReport } from './backends.js';
import { findTrace } from './grafana.js';
import { type Stack, startStack } from './stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(killAll);
afterAll(() => stack?.close());

it('a report of a blocked process comes over gRPC as it comes over HTTP', async () => {
  const app = startService(stack, 'grpc-shop', 'waitForStock', {
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: `http://${stack.grpcAddress}` },
  });
  const { id, text, records, spans } = await report(app);
  expect(app.stderr()).toContain(`grpc://${stack.grpcAddress} took ${records} log records`);
  const entries = await waitForReport(stack.lokiUrl, id, records);
  expect(entries.map(({ line }) => (JSON.parse(line) as { text: string }).text).join('')).toBe(text);
  const found = await until(
    () => findTrace(stack, id),
    (all) => all.length >= spans,
    `trace ${id}`,
  );
  expect(found).toHaveLength(spans);
});
