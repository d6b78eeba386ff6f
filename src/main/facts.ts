import { performance } from 'node:perf_hooks';
import type { InFlightFacts, MainFacts } from '../protocol.js';
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
  const startedMs = performance.now();
  const { frames, deeper } = captureFrames(MAX_FRAMES, below, EVALUATED);
  const inFlight = readInFlight();
  // Not imported: a process that nobody asks has no use for it.
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
    loop: monitor?.read() ?? { utilization: performance.eventLoopUtilization().utilization },
  };
  return { ...facts, pauseMs: performance.now() - startedMs };
}

function countResources(): { [kind: string]: number } {
  const counts: { [kind: string]: number } = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
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
