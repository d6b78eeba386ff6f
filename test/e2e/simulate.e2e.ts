import { afterAll, beforeAll, expect, it } from 'vitest';
import { measureStack, readMetric, type StackCost } from '../fleet/cost.js';
import { type Simulation, simulateFleet } from '../fleet/simulation.js';
import { killAll } from '../process/start.js';
import { countGroups, until } from './backends.js';
import { findTrace } from './grafana.js';
import { type Stack, startStack } from './stack.js';

/** `npm run fleet -- --simulate N [JITTER_MS [RATE]]` sets these. */
const COUNT = Math.max(1, readCount('SIMULATE', 20));
const JITTER_MS = readCount('SIMULATE_JITTER_MS', 20 * COUNT);
const RATE = readCount('SIMULATE_RATE', 0);
const SERVICE = 'simulated';
const WAIT_MS = 15 * 60_000;
/** Traces that are looked at: Jaeger is asked for one at a time. */
const TRACES = 50;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  killAll();
  await stack?.close();
}, WAIT_MS);

it(
  `reports of ${COUNT} simulated processes are in Loki whole, each with an instance of its own, and in Jaeger`,
  async () => {
    const endMeasuring = measureStack(stack);
    const simulation = await simulateFleet({
      count: COUNT,
      jitterMs: JITTER_MS,
      rate: RATE,
      service: SERVICE,
      endpoint: stack.otlpUrl,
    });
    expect(simulation.outcomes.flatMap(({ lost }) => lost)).toEqual([]);
    // Before anything is asked: a query costs Loki as much as the reports.
    for (const kind of KINDS)
      await until(
        () => Promise.all(COUNTERS.map((name) => readMetric(stack.metricsUrl, `${name}_${kind}`))),
        ([accepted, sent]) => accepted === sent,
        `all ${kind} that the collector has taken, in Loki or Jaeger`,
        WAIT_MS,
      );
    const storedS = (performance.now() - simulation.traffic.startMs) / 1000;
    const cost = await endMeasuring();
    for (const kind of KINDS)
      expect(await readMetric(stack.metricsUrl, `otelcol_exporter_send_failed_${kind}`)).toBe(0);

    const reports = await until(
      () => countGroups(stack.lokiUrl, RECORDS),
      (found) =>
        found.length === COUNT && found.every(({ value, labels }) => value === Number(labels.gmr_section_count)),
      `${COUNT} whole reports`,
      WAIT_MS,
    );
    const sortedBy = (label: string) => reports.map(({ labels }) => labels[label]).sort();
    expect(sortedBy('gmr_report_id')).toEqual([...simulation.reportIds].sort());
    expect(sortedBy('service_instance_id')).toEqual([...simulation.instances].sort());
    expect(new Set(simulation.instances).size).toBe(COUNT);
    expect(new Set(sortedBy('process_pid')).size).toBe(COUNT);
    for (const id of simulation.reportIds.slice(-TRACES))
      await until(
        () => findTrace(stack, id),
        (spans) => spans.some(({ operationName }) => operationName === 'guru meditation report'),
        `trace ${id}`,
        WAIT_MS,
      );
    show(
      simulation,
      cost,
      reports.reduce((sum, { value }) => sum + value, 0),
      storedS,
    );
  },
  4 * WAIT_MS,
);

const KINDS = ['log_records', 'spans'] as const;
const COUNTERS = ['otelcol_receiver_accepted', 'otelcol_exporter_sent'];
const RECORDS = `sum by (gmr_report_id, service_instance_id, process_pid, gmr_section_count) (count_over_time({service_name="${SERVICE}"} | gmr_section_count!="" [2h]))`;

function show(
  { traffic, outcomes, takenS, ownCpuS }: Simulation,
  cost: StackCost,
  records: number,
  storedS: number,
): void {
  const { requests, bytes, perSecond, failures, mostConnections } = traffic;
  const { collector, loki, jaeger } = cost.programs;
  const rows: readonly (readonly [string, string])[] = [
    ['senders, a report each', `${COUNT}`],
    ['jitter; asked a second', `${JITTER_MS / 1000} s; ${RATE || 'all at once'}`],
    [
      'bytes a report: log records, trace',
      `${perReport(bytes.logs, requests.logs)}, ${perReport(bytes.traces, requests.traces)}`,
    ],
    ['requests; most in one second', `${requests.logs + requests.traces}; ${Math.max(...perSecond.values())}`],
    ['connections open at once', `${mostConnections}`],
    ['requests not taken', [...failures].map(([why, times]) => `${times} × ${why}`).join('; ') || '0'],
    ['entries kept for another try', `${outcomes.reduce((sum, { kept }) => sum + kept, 0)}`],
    ['the collector had all after', `${takenS.toFixed(1)} s`],
    ['Loki and Jaeger had all after', `${storedS.toFixed(1)} s`],
    ['records in Loki; streams', `${records}; ${cost.streams}`],
    ['collector: CPU, peak memory', `${collector.cpuS.toFixed(1)} s, ${collector.peakMiB.toFixed(0)} MiB`],
    ["collector's queues, the most seen", `${cost.mostQueuedMiB.toFixed(1)} MiB`],
    ['Loki: CPU, peak memory', `${loki.cpuS.toFixed(1)} s, ${loki.peakMiB.toFixed(0)} MiB`],
    ['Jaeger: CPU, peak memory', `${jaeger.cpuS.toFixed(1)} s, ${jaeger.peakMiB.toFixed(0)} MiB`],
    ['disk of all three', `${cost.diskMiB.toFixed(0)} MiB`],
    ['senders: CPU', `${ownCpuS.toFixed(1)} s`],
  ];
  console.log(rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n'));
}

function perReport(bytes: number, requests: number): number {
  return Math.round(bytes / Math.max(1, requests));
}

/** @throws Error for anything but a number */
function readCount(name: string, fallback: number): number {
  const given = process.env[name];
  const count = given ? Number(given) : fallback;
  if (!Number.isInteger(count) || count < 0) throw new Error(`${name}=${given}: expected a number`);
  return count;
}
