import { isMainThread, Worker } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { observeMain } from './observe.js';

/**
 * A program with thousands of functions that wait for one list, and a thread that reads them from memory as a report and its
 * supplement do. It prints the last read, and kills itself. The only argument: how many functions.
 */

if (isMainThread) start();
else observeMain();

function start(): void {
  const waiting: unknown[] = [];
  async function acquire(): Promise<void> {
    await new Promise((resolve) => waiting.push(resolve));
  }
  async function handle(): Promise<void> {
    await acquire();
  }
  for (let index = 0; index < Number(process.argv[2]); index += 1) void handle();
  setInterval(() => waiting.push(1), 1e8);
  const observer = new Worker(__filename, { resourceLimits: AGENT_LIMITS });
  observer.once('message', () => observer.postMessage('read'));
}
