import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FLEET_OF_30, FLEET_OF_200, type Fleet, startFleet } from '../fleet/fleet.js';
import { CLI, killAll, startNode } from '../process/start.js';
import { countGroups, findEntries, until } from './backends.js';
import { askDashboard, findTrace, readDashboard } from './grafana.js';
import { type Stack, startStack } from './stack.js';

/** `FLEET=200 npm run e2e` asks 200 processes, which takes a machine for some minutes. */
const COUNTS = process.env.FLEET === '200' ? FLEET_OF_200 : FLEET_OF_30;
const TOTAL = Object.values(COUNTS).reduce((sum, count) => sum + count);
/** So that hundreds that are asked at once do not send at once. */
const JITTER = { GMR_DELIVERY_JITTER_MS: process.env.FLEET === '200' ? '10000' : '2000' };
/** Those with a stack, in JavaScript or beneath a native call. */
const STUCK = ['pricing', 'routing', 'importing', 'exec', 'fifo'] as const;
const SERVICE = 'fleet';
const WAIT_MS = 15 * 60_000;
const HEADERS = `{service_name="${SERVICE}"} | gmr_section_name="report"`;

let stack: Stack;
let fleet: Fleet | undefined;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(killAll);
afterAll(async () => {
  await fleet?.cleanup();
  await stack?.close();
}, WAIT_MS);

describe(`a fleet of ${TOTAL}, asked by one gmr kill`, () => {
  it(
    'is in Loki and Jaeger, every report of those that can answer, and grouped by where they are stuck',
    async () => {
      fleet = await startFleet({ endpoint: stack.otlpUrl, service: SERVICE, counts: COUNTS, env: JITTER });
      const answering = fleet.processes.filter(({ armed, kind }) => armed && kind !== 'stopped');
      const killedMs = Date.now();
      const kill = startNode([CLI, 'kill', '--service', SERVICE]);
      expect((await kill.ended).code).toBe(0);

      const headers = await until(
        () => findEntries(stack.lokiUrl, HEADERS),
        (entries) => entries.length >= answering.length,
        `${answering.length} reports`,
        WAIT_MS,
      );
      expect(pidsOf(headers)).toEqual(answering.map(({ pid }) => pid).sort(byNumber));
      const ids = headers.map(({ labels }) => labels.gmr_report_id ?? '');
      const whole = await until(
        () => countGroups(stack.lokiUrl, RECORDS),
        (groups) =>
          groups.length === ids.length &&
          groups.every(({ value, labels }) => value >= Number(labels.gmr_section_count)),
        'all records of each',
        WAIT_MS,
      );
      const foundMs = Date.now();
      for (const id of ids)
        await until(
          () => findTrace(stack, id),
          (spans) => spans.length > 0,
          `trace ${id}`,
          WAIT_MS,
        );

      const answers = await askDashboard(stack, readDashboard('fleet'), { service: SERVICE });
      const groups = answers.find(({ panel }) => panel.title === 'The same stack')?.found.B;
      const sizes = groups?.kind === 'groups' ? groups.rows.map(({ value }) => value) : [];
      // On a machine this busy a stack may be seen too seldom to tell the calls that stay: a kind may have another group.
      const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
      expect(total(sizes)).toBe(total(STUCK.map((kind) => COUNTS[kind])));
      expect(sizes.length).toBeGreaterThanOrEqual(STUCK.length);
      expect(fleet.processes.filter((one) => one.ended() !== undefined)).toEqual([]);

      const records = whole.reduce((sum, { value }) => sum + value, 0);
      show({ reports: ids.length, records, 's from kill to the last record in Loki': (foundMs - killedMs) / 1000 });
      await showCollector();
    },
    3 * WAIT_MS,
  );

  it(
    'tells of those that were stopped, once they go on',
    async () => {
      const stopped = fleet?.ofKind('stopped') ?? [];
      fleet?.continueStopped();
      const pids = new Set(stopped.map(({ pid }) => pid));
      const found = await until(
        () => findEntries(stack.lokiUrl, HEADERS),
        (entries) => entries.filter(({ labels }) => pids.has(Number(labels.process_pid))).length >= stopped.length,
        `${stopped.length} reports`,
        WAIT_MS,
      );
      expect(new Set(pidsOf(found)).size).toBe(fleet?.processes.filter(({ armed }) => armed).length);
    },
    WAIT_MS,
  );
});

/** Late answers come on top of what a report announces. */
const RECORDS = `sum by (gmr_report_id, gmr_section_count) (count_over_time({service_name="${SERVICE}"} | gmr_section_count!="" | gmr_section_late_ms="" [1h]))`;

const byNumber = (a: number, b: number) => a - b;

function pidsOf(entries: readonly { labels: { [name: string]: string } }[]): number[] {
  return entries.map(({ labels }) => Number(labels.process_pid)).sort(byNumber);
}

/** The collector's cost, from the kernel and from its own metrics. */
async function showCollector(): Promise<void> {
  const pid = stack.pid('collector');
  const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const metrics = await (await fetch(stack.metricsUrl)).text();
  const read = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}(?:_total)?\\{[^}]*\\} ([\\d.e+]+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  expect(read('otelcol_exporter_send_failed_log_records')).toBe(0);
  expect(read('otelcol_exporter_send_failed_spans')).toBe(0);
  show({
    'collector: CPU seconds, its start included': (Number(ticks[11]) + Number(ticks[12])) / 100,
    'collector: MB at most': Number(peakKb) / 1000,
    'collector: log records taken': read('otelcol_receiver_accepted_log_records'),
    'collector: spans taken': read('otelcol_receiver_accepted_spans'),
  });
}

function show(figures: { readonly [name: string]: number }): void {
  for (const [name, value] of Object.entries(figures))
    console.log(`${name}: ${Number.isInteger(value) ? value : value.toFixed(1)}`);
}
