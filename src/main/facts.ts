import { readClockMs } from '../clock.js';
import type { InFlightFacts, LoopFacts, MainFacts } from '../main-facts.js';
import { captureFrames, EVALUATED } from './capture.js';
import { copyEnvironment } from './environment.js';
import type { LoopMonitor } from './loop.js';

/** Calls shown of one stack, innermost first. */
export const MAX_FRAMES = 200;

/**
 * Facts that only the main thread can read of itself, in well under a millisecond. `below` is the outermost call of
 * this package.
 */
export function readFacts(
  below: (...args: never) => unknown,
  monitor: LoopMonitor | undefined,
  readInFlight: () => InFlightFacts,
): Omit<MainFacts, 'registered'> {
  const startedMs = readClockMs();
  const { frames, deeper } = captureFrames(MAX_FRAMES, below, EVALUATED);
  const inFlight = readInFlight();
  // Not imported: a process that makes no report does not need it.
  const { getHeapSpaceStatistics, getHeapStatistics } = process.getBuiltinModule('node:v8');
  const facts = {
    frames,
    deeper,
    title: process.title,
    ...readInspectorAddress(),
    environment: copyEnvironment(),
    resources: countResources(),
    memory: readMemory(),
    heap: { ...getHeapStatistics() },
    heapSpaces: getHeapSpaceStatistics().map((space) => ({
      name: space.space_name,
      usedBytes: space.space_used_size,
      sizeBytes: space.space_size,
    })),
    inFlight,
    loop: monitor?.read() ?? readUtilization(),
  };
  return { ...facts, pauseMs: Math.round((readClockMs() - startedMs) * 1000) / 1000 };
}

/** Before the agent has been ready for the first time. */
function readUtilization(): LoopFacts {
  const { performance } = process.getBuiltinModule('node:perf_hooks');
  return { utilization: performance.eventLoopUtilization().utilization };
}

/**
 * A program may have 20,000 sockets, and Node makes a new text for each: to compare it with the one before takes a tenth of the
 * time that it takes to use it as a key.
 */
function countResources(): { [kind: string]: number } {
  const kinds = process.getActiveResourcesInfo();
  const counts: { [kind: string]: number } = {};
  for (let at = 0, end = 0; at < kinds.length; at = end) {
    const kind = kinds[at] as string;
    while (end < kinds.length && kinds[end] === kind) end += 1;
    counts[kind] = (counts[kind] ?? 0) + end - at;
  }
  return counts;
}

/** The address for a debugger, without the rest of the URL: with it, others could attach. */
function readInspectorAddress(): { inspectorAddress?: string } {
  const url = process.getBuiltinModule('node:inspector')?.url();
  return url === undefined ? {} : { inspectorAddress: new URL(url).host };
}

/** Empty without /proc, which Node reads here. */
function readMemory(): { [name: string]: number } {
  try {
    return { ...process.memoryUsage() };
  } catch {
    return {};
  }
}
