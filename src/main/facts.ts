import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { InFlightFacts, MainFacts } from '../protocol.js';
import { captureFrames, EVALUATED } from './capture.js';
import type { LoopMonitor } from './loop.js';

/** Calls shown of one stack, innermost first. */
export const MAX_FRAMES = 200;

/** What only the main thread can say of itself, in well under a millisecond. `below` is the outermost call of ours. */
export function readFacts(
  below: (...args: never) => unknown,
  monitor: LoopMonitor | undefined,
  readInFlight: () => InFlightFacts,
): Omit<MainFacts, 'registered'> {
  const startedMs = performance.now();
  const { frames, deeper } = captureFrames(MAX_FRAMES, below, EVALUATED);
  const inFlight = readInFlight();
  const facts = {
    frames,
    deeper,
    title: process.title,
    ...readInspectorAddress(),
    environment: { ...process.env } as { [name: string]: string },
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

/** Where a debugger may be attached; without the rest of the URL, which would let others attach. */
function readInspectorAddress(): { inspectorAddress?: string } {
  const url = process.getBuiltinModule('node:inspector')?.url();
  return url === undefined ? {} : { inspectorAddress: new URL(url).host };
}

/** Empty without /proc, which Node reads for it. */
function readMemory(): { [name: string]: number } {
  try {
    return { ...process.memoryUsage() };
  } catch {
    return {};
  }
}
