import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { ownThreadId } from '../../src/procfs/thread.js';
import { createMemoryReader } from '../../src/v8/reader.js';

/** Reads the stack of a main that stands still with a large heap. */
export interface LargeHeap {
  readonly heapBytes: number;
  readonly state: unknown;
  readonly threads: readonly number[];
  readonly expected: readonly (number | undefined)[];
  readonly functions: readonly string[];
}

const OBJECTS = 4_000_000;
const MAX_LOOKS = 10_000;

if (isMainThread) {
  const kept = Array.from({ length: OBJECTS }, (_, index) => ({ index, pair: [index, index] }));
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const heapBytes = process.memoryUsage().heapUsed;
  const observer = new Worker(__filename, { workerData: { heapBytes, flag }, resourceLimits: AGENT_LIMITS });
  observer.once('message', function standStill() {
    Atomics.wait(flag, 0, 0);
    writeSync(2, String(kept.length));
  });
} else {
  observe();
}

function observe(): void {
  const { heapBytes, flag } = workerData as { heapBytes: number; flag: Int32Array };
  const reader = createMemoryReader({ mode: 'auto' });
  const state = reader.state();
  parentPort?.postMessage('ready');
  let functions: readonly string[] = [];
  for (let looks = 0; state.on && !functions.includes('wait') && looks < MAX_LOOKS; looks += 1) {
    const read = reader.readStack(process.pid);
    functions = 'frames' in read ? read.frames.map(({ functionName }) => functionName) : [];
    Atomics.wait(flag, 0, 0, 10);
  }
  const threads = reader.listThreads().toSorted((a, b) => a - b);
  const expected = [process.pid, ownThreadId()];
  writeSync(1, `${JSON.stringify({ heapBytes, state, threads, expected, functions } satisfies LargeHeap)}\n`);
  process.kill(process.pid, 'SIGKILL');
}
