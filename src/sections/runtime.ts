import { availableParallelism, release, totalmem } from 'node:os';
import type { MainAnswer } from '../agent/main-thread.js';
import type { Cgroup } from '../procfs/cgroup.js';
import type { Descriptors } from '../procfs/descriptors.js';
import type { Pressure } from '../procfs/pressure.js';
import type { ProcessStatus } from '../procfs/status.js';
import type { MainFacts } from '../protocol.js';
import type { Value, ValueMap } from '../report.js';

export interface RuntimeSources {
  readonly main: MainAnswer;
  readonly packageVersion: string;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  readonly status: ProcessStatus | undefined;
  readonly descriptors: Descriptors | undefined;
  readonly cgroup: Cgroup | undefined;
  readonly pressure: Pressure;
}

const VERSIONS = ['v8', 'uv', 'openssl', 'undici', 'modules'];

/** Versions, memory, event loop, garbage collection, descriptors, CPU, and the limits that hold, by topic. */
export function collectRuntime(sources: RuntimeSources): ValueMap {
  const { main, status, cgroup, pressure } = sources;
  const facts = main.kind === 'facts' ? main.facts : undefined;
  return {
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(VERSIONS.map((name) => [name, process.versions[name] ?? 'none'])),
      guruMeditation: sources.packageVersion,
      platform: `${process.platform} ${process.arch}, ${release()}`,
    },
    uptimeMs: Math.round(Date.now() - sources.startedMs),
    ...describeMemory(facts, status),
    ...(facts ? describeLoop(facts) : { eventLoop: 'not known: the main thread did not answer' }),
    ...describeDescriptors(sources.descriptors),
    cpu: describeCpu(status),
    ...(cgroup ? { cgroup: cgroup as unknown as ValueMap } : {}),
    resourceUsage: describeUsage(status),
    ...(Object.keys(pressure).length > 0 ? { machine: pressure as unknown as ValueMap } : {}),
  };
}

function describeMemory(facts: MainFacts | undefined, status: ProcessStatus | undefined): ValueMap {
  const memory = {
    ...readRss(),
    ...pick(status, ['peakRssBytes', 'swapBytes', 'virtualBytes']),
    ...(facts ? { externalBytes: facts.memory.external ?? 0, arrayBuffersBytes: facts.memory.arrayBuffers ?? 0 } : {}),
    machineBytes: totalmem(),
  };
  if (!facts) return { memory, heap: 'not known: the main thread did not answer' };
  const { heap, heapSpaces } = facts;
  const usedBytes = heap.used_heap_size ?? 0;
  const limitBytes = heap.heap_size_limit ?? 0;
  return {
    memory,
    heap: {
      usedBytes,
      committedBytes: heap.total_heap_size ?? 0,
      limitBytes,
      usedOfLimitPercent: limitBytes > 0 ? percent(usedBytes / limitBytes) : null,
      mallocedBytes: heap.malloced_memory ?? 0,
      nativeContexts: heap.number_of_native_contexts ?? 0,
      detachedContexts: heap.number_of_detached_contexts ?? 0,
    },
    heapSpaces: Object.fromEntries(
      heapSpaces
        .filter((space) => space.sizeBytes > 0)
        .map(({ name, usedBytes: used, sizeBytes }) => [name, { usedBytes: used, committedBytes: sizeBytes }]),
    ),
  };
}

/** Nothing without /proc, which Node reads for it. */
function readRss(): { rssBytes?: number } {
  try {
    return { rssBytes: process.memoryUsage.rss() };
  } catch {
    return {};
  }
}

function describeLoop({ loop, resources, pauseMs }: MainFacts): ValueMap {
  const gc = Object.entries(loop.gc ?? {}).map(([kind, { count, totalMs, maxMs }]): [string, Value] => [
    kind,
    { count, totalMs, maxMs },
  ]);
  return {
    eventLoop: {
      utilizationPercent: percent(loop.utilization),
      ...(loop.recentUtilization === undefined
        ? {}
        : { utilizationSinceLastReportPercent: percent(loop.recentUtilization) }),
      ...(loop.delay ? { delayMs: loop.delay } : {}),
      activeResources: Object.values(resources).reduce((sum, count) => sum + count, 0),
      pausedByThisReportMs: pauseMs,
    },
    ...(gc.length > 0 ? { garbageCollection: Object.fromEntries(gc) } : {}),
  };
}

function describeDescriptors(descriptors: Descriptors | undefined): ValueMap {
  if (!descriptors) return {};
  const { open, limit } = descriptors;
  return {
    descriptors: {
      ...descriptors,
      ...(limit === undefined ? {} : { openOfLimitPercent: percent(open / limit) }),
    } as unknown as ValueMap,
  };
}

function describeCpu(status: ProcessStatus | undefined): ValueMap {
  const { user, system } = process.cpuUsage();
  const uptimeMs = status?.uptimeMs;
  return {
    userMs: user / 1000,
    systemMs: system / 1000,
    ...(uptimeMs ? { averageSinceStartPercent: percent((user + system) / 1000 / uptimeMs) } : {}),
    availableCores: availableParallelism(),
  };
}

function describeUsage(status: ProcessStatus | undefined): ValueMap {
  const usage = process.resourceUsage();
  return {
    majorPageFaults: usage.majorPageFault,
    minorPageFaults: usage.minorPageFault,
    fileReads: usage.fsRead,
    fileWrites: usage.fsWrite,
    voluntaryContextSwitches: usage.voluntaryContextSwitches,
    involuntaryContextSwitches: usage.involuntaryContextSwitches,
    ...pick(status, ['threads', 'oomScore', 'oomScoreAdjustment']),
  };
}

function percent(ratio: number): number {
  return Math.round(ratio * 1000) / 10;
}

function pick<T extends object>(source: T | undefined, keys: readonly (keyof T & string)[]): ValueMap {
  const found = keys.filter((key) => source?.[key] !== undefined);
  return Object.fromEntries(found.map((key) => [key, source?.[key] as Value]));
}
