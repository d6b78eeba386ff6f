import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMS, type ProgramName } from '../e2e/programs.js';
import type { Stack } from '../e2e/stack.js';

/** What a program of the stack has taken. */
export interface Cost {
  readonly cpuS: number;
  /** The most that it has had at once. */
  readonly peakMiB: number;
}

export interface StackCost {
  readonly programs: Record<ProgramName, Cost>;
  /** Of the collector's queues, both signals: bytes on their way to Loki and Jaeger, the most that a look has found. */
  readonly mostQueuedMiB: number;
  /** On disk, of the whole stack. */
  readonly diskMiB: number;
  /** Streams that Loki's ingester holds. */
  readonly streams: number;
}

/** `USER_HZ`, the same on every Linux. */
const TICKS_PER_S = 100;
const LOOK_MS = 500;
const BYTES_PER_MIB = 1024 * 1024;

/** Starts to measure; the function that it returns ends that. */
export function measureStack(stack: Stack): () => Promise<StackCost> {
  const before = Object.fromEntries(PROGRAMS.map((name) => [name, readCpuS(stack.pid(name))]));
  const diskBefore = sizeOf(directoryOf(stack));
  let mostQueued = 0;
  const timer = setInterval(async () => {
    const queued = await readMetric(stack.metricsUrl, 'otelcol_exporter_queue_size').catch(() => 0);
    mostQueued = Math.max(mostQueued, queued);
  }, LOOK_MS);
  return async () => {
    clearInterval(timer);
    const costs = PROGRAMS.map((name): [ProgramName, Cost] => {
      const pid = stack.pid(name);
      return [name, { cpuS: readCpuS(pid) - (before[name] ?? 0), peakMiB: readPeakMiB(pid) }];
    });
    return {
      programs: Object.fromEntries(costs) as Record<ProgramName, Cost>,
      mostQueuedMiB: mostQueued / BYTES_PER_MIB,
      diskMiB: (sizeOf(directoryOf(stack)) - diskBefore) / BYTES_PER_MIB,
      streams: await readMetric(`${stack.lokiUrl}/metrics`, 'loki_ingester_memory_streams'),
    };
  };
}

/** The sum of a metric's series; 0 if there is none. */
export async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text();
  const series = text.matchAll(new RegExp(`^${name}(?:_total)?(?:\\{[^}]*\\})? ([\\d.e+]+)$`, 'gm'));
  return [...series].reduce((sum, [, value]) => sum + Number(value), 0);
}

function readCpuS(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

function readPeakMiB(pid: number): number {
  return Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** All programs of a stack have it as their working directory. */
function directoryOf(stack: Stack): string {
  return readlinkSync(`/proc/${stack.pid('collector')}/cwd`);
}

/** Blocks on disk: Jaeger's files are sparse. */
function sizeOf(directory: string): number {
  let bytes = 0;
  // Some go while one looks.
  for (const name of readdirSync(directory, { recursive: true }) as string[])
    bytes += (statSync(join(directory, name), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  return bytes;
}
