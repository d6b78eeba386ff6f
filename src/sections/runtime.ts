import { availableParallelism, release, totalmem } from 'node:os';
import type { MainFacts } from '../main-facts.js';
import type { Cgroup } from '../procfs/cgroup.js';
import type { Descriptors } from '../procfs/descriptors.js';
import type { Pressure } from '../procfs/pressure.js';
import type { ProcessStatus } from '../procfs/status.js';
import type { Value, ValueMap } from '../report.js';
import { STOPPED_MS, TURN_MS } from '../turns.js';
import { describeHeap } from './heap.js';
import type { MainAnswer } from './sources.js';

export interface RuntimeSources {
  readonly main: MainAnswer;
  readonly packageVersion: string;
  readonly execArgv: readonly string[];
  /** How long main's event loop had not turned; undefined if that is not known. */
  readonly sinceTurnedMs: number | undefined;
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
    uptimeMs: Math.round(process.uptime() * 1000),
    ...describeMemory(facts, status, listNodeOptions(facts, sources.execArgv)),
    ...describeLoop(facts, sources.sinceTurnedMs),
    ...describeDescriptors(sources.descriptors),
    cpu: describeCpu(status),
    ...(cgroup ? { cgroup } : {}),
    resourceUsage: describeUsage(status),
    ...(Object.keys(pressure).length > 0 ? { machine: pressure } : {}),
  };
}

/** In the order in which they count: the command line is last. */
function listNodeOptions(facts: MainFacts | undefined, execArgv: readonly string[]): readonly string[] {
  return [...(facts?.environment.NODE_OPTIONS ?? '').split(/\s+/), ...execArgv];
}

function describeMemory(
  facts: MainFacts | undefined,
  status: ProcessStatus | undefined,
  options: readonly string[],
): ValueMap {
  const rss = readRss();
  // The kernel counts both in batches for each thread, and reads them one after the other.
  const peakRssBytes = Math.max(status?.peakRssBytes ?? 0, rss.rssBytes ?? 0);
  const memory = {
    ...rss,
    ...(status?.peakRssBytes === undefined ? {} : { peakRssBytes }),
    ...pick(status, ['swapBytes', 'virtualBytes']),
    ...(facts ? { externalBytes: facts.memory.external ?? 0, arrayBuffersBytes: facts.memory.arrayBuffers ?? 0 } : {}),
    machineBytes: totalmem(),
  };
  if (!facts) return { memory, heap: 'not known: the main thread did not answer' };
  const { heapSpaces } = facts;
  return {
    memory,
    heap: describeHeap(facts, options),
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

/** The histogram has a stall only when it is over: the one that main is in is known by main's last sign. */
function describeLoop(facts: MainFacts | undefined, sinceTurnedMs = 0): ValueMap {
  const stalledMs = sinceTurnedMs >= STOPPED_MS ? Math.round(sinceTurnedMs - TURN_MS) : 0;
  const stalled = stalledMs > 0 ? { notTurnedForMs: stalledMs } : {};
  if (!facts) {
    const note = 'not known but for this: the main thread did not answer';
    return stalledMs > 0
      ? { eventLoop: { ...stalled, delayMs: { max: stalledMs }, note } }
      : { eventLoop: 'not known: the main thread did not answer' };
  }
  const { loop, resources, pauseMs } = facts;
  const delay = loop.delay ?? {};
  const delayMs = stalledMs > 0 ? { ...delay, max: Math.max(delay.max ?? 0, stalledMs) } : loop.delay;
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
      ...stalled,
      ...(delayMs ? { delayMs } : {}),
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
    },
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
