import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetric } from '../fleet/cost.js';
import { simulateFleet } from '../fleet/simulation.js';
import { killAll } from '../process/start.js';
import { reportCrash } from './apps.js';
import { countGroups, type Entry, findEntries, until } from './backends.js';
import { findTrace } from './grafana.js';
import { type Stack, startStack } from './stack.js';

const SERVICE = 'sampled';
const COUNT = 200;
const WHOLE_PERCENT = 10;
const WAIT_MS = 5 * 60_000;
const HEADERS = `{service_name="${SERVICE}"} | gmr_section_name="report"`;
const RECORDS =
  'sum by (gmr_report_id, gmr_section_count) (count_over_time({service_name="SERVICE"} | gmr_section_count!="" [1h]))';
/** The query that docs/scale.md gives. */
const PLACES_WITHOUT =
  /```logql\n([^`]+)\n```/.exec(readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8'))?.[1] ?? '';

let stack: Stack;
let reportIds: readonly string[] = [];
let headers: readonly Entry[] = [];
/** Reports of which more than the header is in Loki. */
let whole: ReadonlySet<string> = new Set();
beforeAll(async () => {
  stack = await startStack({ wholePercent: WHOLE_PERCENT });
});
afterAll(async () => {
  killAll();
  await stack?.close();
}, WAIT_MS);

/** Nothing waits in the collector: what has not come by then does not come. */
async function untilQueuesAreEmpty(): Promise<void> {
  await until(
    () => readMetric(stack.metricsUrl, 'otelcol_exporter_queue_size'),
    (queued) => queued === 0,
    'an empty queue',
  );
}

describe('a collector with sampling.yaml', () => {
  it(`keeps the header of each of ${COUNT} reports, and some of the reports whole`, { timeout: WAIT_MS }, async () => {
    const fleet = await simulateFleet({
      count: COUNT,
      jitterMs: 5000,
      rate: 0,
      service: SERVICE,
      endpoint: stack.otlpUrl,
    });
    reportIds = fleet.reportIds;
    headers = await until(
      () => findEntries(stack.lokiUrl, HEADERS),
      (found) => found.length >= COUNT,
      `${COUNT} headers`,
    );
    expect(headers.map(({ labels }) => labels.gmr_report_id).sort()).toEqual([...reportIds].sort());
    expect(headers.filter(({ labels }) => !labels.gmr_verdict)).toEqual([]);
    await untilQueuesAreEmpty();
    const groups = await until(
      () => countGroups(stack.lokiUrl, RECORDS.replace('SERVICE', SERVICE)),
      (found) => found.every(({ value, labels }) => value === 1 || value === Number(labels.gmr_section_count)),
      'reports that are whole, or their header alone',
    );
    whole = new Set(groups.filter(({ value }) => value > 1).map(({ labels }) => labels.gmr_report_id ?? ''));
    // Ids differ from run to run: of 200, that none is kept has a chance of one in a thousand million.
    expect(whole.size).toBeGreaterThan(0);
    expect(whole.size).toBeLessThan(COUNT / 2);
  });

  it('keeps the trace of each report that is whole, and of no other', { timeout: WAIT_MS }, async () => {
    for (const id of whole)
      await until(
        () => findTrace(stack, id),
        (spans) => spans.length > 1,
        `trace ${id}`,
      );
    await untilQueuesAreEmpty();
    for (const id of reportIds.filter((one) => !whole.has(one))) expect(await findTrace(stack, id)).toEqual([]);
  });

  it('lets a query find the places of which no report is whole', { timeout: WAIT_MS }, async () => {
    const hashOf = ({ labels }: Entry) => labels.gmr_main_stack_hash ?? '';
    const known = headers.filter(({ labels }) => whole.has(labels.gmr_report_id ?? '')).map(hashOf);
    const expected = [...new Set(headers.map(hashOf))].filter((hash) => hash !== '' && !known.includes(hash));
    const found = await countGroups(stack.lokiUrl, PLACES_WITHOUT);
    expect(found.map(({ labels }) => labels.gmr_main_stack_hash).sort()).toEqual(expected.sort());
  });

  it('keeps the report of a crash whole', { timeout: WAIT_MS }, async () => {
    const { id, records } = await reportCrash(stack, 'crashed');
    const groups = await until(
      () => countGroups(stack.lokiUrl, RECORDS.replace('SERVICE', 'crashed')),
      (found) => found.some(({ labels, value }) => labels.gmr_report_id === id && value === records),
      `${records} records of report ${id}`,
    );
    expect(groups.length).toBeGreaterThan(0);
    await until(
      () => findTrace(stack, id),
      (spans) => spans.length > 1,
      `trace ${id}`,
    );
  });

  it('passes the logs and the traces of others', { timeout: WAIT_MS }, async () => {
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const time = `${Date.now()}000000`;
    const names = Array.from({ length: 50 }, (_, n) => `order ${n}`);
    const logRecords = names.map((stringValue) => ({ timeUnixNano: time, body: { stringValue } }));
    const spans = names.map((name) => ({
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      name,
      startTimeUnixNano: time,
      endTimeUnixNano: time,
    }));
    await post('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
    await post('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
    await until(
      () => findEntries(stack.lokiUrl, '{service_name="shop"}'),
      (found) => found.length === names.length,
      `${names.length} records of another program`,
    );
    for (const { traceId } of spans)
      await until(
        () => findTrace(stack, traceId),
        (found) => found.length === 1,
        `trace ${traceId}`,
      );
  });
});

async function post(signal: 'logs' | 'traces', body: unknown): Promise<void> {
  const answer = await fetch(`${stack.otlpUrl}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}
