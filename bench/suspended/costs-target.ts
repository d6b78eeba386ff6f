import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { readOwnClock } from '../../src/thread-clock.js';
import { createMemoryReader } from '../../src/v8/reader.js';

/**
 * Functions that are suspended beside other objects, in a thread whose longest gap between two turns is measured, and a thread
 * that reads them. Arguments: functions, and megabytes of other objects. It prints the costs, and kills itself.
 */
export interface Costs {
  readonly heapMb: number;
  readonly count: number;
  /** Of the calls before the first one that has read the whole heap, and of the next one. */
  readonly cold: Cost;
  readonly warm: Cost;
  /** Milliseconds between two turns of main, at most: while nothing is read, and in all reads. */
  readonly gapWithoutMs: number;
  readonly gapMs: number;
}

export interface Cost {
  readonly reads: number;
  readonly cpuMs: number;
  /** Of the agent's heap and its buffers, above the time before: after each read, when V8 has not yet given back what it took. */
  readonly memoryMb: number;
}

/** Beside other work a walk takes many reads. */
const MAX_READS = 400;
/** V8 collects garbage once more, some 8 s after a program has become idle. */
const QUIET_MS = 15_000;
const { gap } = (workerData ?? {}) as { readonly gap: Float64Array };

if (isMainThread) start();
else setTimeout(() => void observe(), 500);

function start(): void {
  const longest = new Float64Array(new SharedArrayBuffer(8));
  const [, , functions, megabytes] = process.argv;
  const never: unknown[] = [];
  const leaf = async () => {
    await new Promise((resolve) => never.push(resolve));
  };
  const outer = async () => {
    await leaf();
  };
  for (let count = 0; count < Number(functions) / 2; count += 1) void outer();
  const ballast = Array.from({ length: Number(megabytes) * 9000 }, (_, i) => ({ a: i, b: `x${i}`, c: [i] }));
  Object.assign(globalThis, { never, ballast });
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    longest[0] = Math.max(longest[0] ?? 0, now - last);
    last = now;
  }, 1);
  new Worker(__filename, { workerData: { gap: longest }, resourceLimits: AGENT_LIMITS }).on('error', (error) => {
    throw error;
  });
}

async function observe(): Promise<void> {
  const reader = createMemoryReader({ mode: 'auto' });
  reader.state();
  gap[0] = 0;
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const gapWithoutMs = gap[0] ?? 0;
  gap[0] = 0;
  let last: ReturnType<typeof reader.readSuspended> | undefined;
  const isWhole = () => last?.kind === 'read' && last.isWhole && last.search === 'over';
  const measure = (isEnough: () => boolean): Cost => {
    const start = { cpuMs: readOwnClock()?.cpuMs ?? Number.NaN, bytes: countOwnBytes() };
    let reads = 0;
    let highest = start.bytes;
    do {
      last = reader.readSuspended(process.pid, { served: new Set(), made: new Set(), isLater: last !== undefined });
      reads += 1;
      highest = Math.max(highest, countOwnBytes());
    } while (!isEnough() && reads < MAX_READS);
    const cpuMs = (readOwnClock()?.cpuMs ?? Number.NaN) - start.cpuMs;
    return { reads, cpuMs, memoryMb: (highest - start.bytes) / 2 ** 20 };
  };
  const cold = measure(isWhole);
  const warm = measure(() => true);
  if (last?.kind !== 'read') throw new Error(last?.reason);
  const costs: Costs = {
    heapMb: last.heapBytes / 2 ** 20,
    count: last.count,
    cold,
    warm,
    gapWithoutMs,
    gapMs: gap[0] ?? 0,
  };
  writeSync(1, `${JSON.stringify(costs)}\n`);
  parentPort?.close();
  process.kill(process.pid, 'SIGKILL');
}

/** Of this thread. The size of the whole process has main's garbage, too. */
function countOwnBytes(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}
