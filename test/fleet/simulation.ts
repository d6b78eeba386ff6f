import { setTimeout as sleep } from 'node:timers/promises';
import { startTraffic, type Traffic } from './raw-exporter.js';
import { RECORDED_KINDS, type RecordedReport, recordReport } from './recorder.js';
import { type SenderOutcome, sendReport } from './sender.js';
import { Template } from './template.js';

export interface SimulationOptions {
  /** Processes: each sends one report. */
  readonly count: number;
  /** As `GMR_DELIVERY_JITTER_MS`. */
  readonly jitterMs: number;
  /** Processes that are asked in a second, as by `gmr kill --rate`; 0: all at once, as by a kill on each of many machines. */
  readonly rate: number;
  readonly service: string;
  /** The collector's URL. */
  readonly endpoint: string;
}

export interface Simulation {
  readonly traffic: Traffic;
  readonly outcomes: readonly SenderOutcome[];
  readonly reportIds: readonly string[];
  readonly instances: readonly string[];
  /** From the first that is asked until the collector has taken the last. */
  readonly takenS: number;
  /** CPU time of the senders themselves. */
  readonly ownCpuS: number;
}

/** Records a report of each kind, and sends them as the reports of `count` processes. */
export async function simulateFleet({
  count,
  jitterMs,
  rate,
  service,
  endpoint,
}: SimulationOptions): Promise<Simulation> {
  const kinds: { readonly recorded: RecordedReport; readonly template: Template }[] = [];
  // One after another: one of them spins.
  for (const kind of RECORDED_KINDS) {
    const recorded = await recordReport(kind, service);
    kinds.push({ recorded, template: new Template(recorded) });
  }
  const traffic = startTraffic();
  const cpuBefore = process.cpuUsage();
  const reportIds: string[] = [];
  const instances: string[] = [];
  const outcomes = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      if (rate > 0) await sleep((index / rate) * 1000);
      const kind = kinds[index % kinds.length];
      if (kind === undefined) throw new Error('nothing is recorded');
      const identity = kind.template.createIdentity(index);
      reportIds.push(identity.reportId);
      instances.push(identity.instance);
      return sendReport({ ...kind, endpoint, identity, traffic, jitterMs });
    }),
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    traffic,
    outcomes,
    reportIds,
    instances,
    takenS: (performance.now() - traffic.startMs) / 1000,
    ownCpuS: (user + system) / 1e6,
  };
}
