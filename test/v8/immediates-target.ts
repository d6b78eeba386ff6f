import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { createMemoryReader } from '../../src/v8/reader.js';

/**
 * A program whose event loop turns without end, by `setImmediate` or by `queueMicrotask`, and a thread that reads its Immediates
 * ten times. The only argument: `immediate` or `microtask`.
 */
export interface ImmediatesSeen {
  readonly reads: readonly (readonly string[])[];
}

const READS = 10;

if (isMainThread) start();
else observe();

function start(): void {
  const observer = new Worker(__filename, { resourceLimits: AGENT_LIMITS });
  observer.once('message', () => {
    if (process.argv[2] === 'immediate') pumpImmediates();
    else queueAgain();
    observer.postMessage('read');
  });
}

function pumpImmediates(): void {
  setImmediate(pumpImmediates);
}

function queueAgain(): void {
  queueMicrotask(queueAgain);
}

function observe(): void {
  const reader = createMemoryReader({ mode: 'auto' });
  reader.state();
  parentPort?.once('message', () => {
    const seen = Array.from({ length: READS }, () => {
      const read = reader.readImmediates(process.pid);
      return read.kind === 'read' ? read.callbacks.map(({ functionName }) => functionName) : [read.reason];
    });
    writeSync(1, `${JSON.stringify({ reads: seen } satisfies ImmediatesSeen)}\n`);
    process.kill(process.pid, 'SIGKILL');
  });
  parentPort?.postMessage('ready');
}
