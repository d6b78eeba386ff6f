import { isMainThread, Worker } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { observeMain } from './observe.js';

/**
 * A program that starts the functions of some modules, and a thread that reads those that are suspended. It prints the last read,
 * and kills itself. Arguments: the modules, each of which exports `start(hold)`.
 */

if (isMainThread) void start();
else observeMain();

async function start(): Promise<void> {
  const kept: unknown[] = [];
  const hold = () => new Promise((resolve) => kept.push(resolve));
  for (const file of process.argv.slice(2)) {
    const { start: run } = (await import(file)) as { start(hold: () => Promise<unknown>): Promise<void> };
    void (async function outermost() {
      await run(hold);
    })();
  }
  setInterval(() => kept.push(1), 1e8);
  const observer = new Worker(__filename, { resourceLimits: AGENT_LIMITS });
  observer.once('message', () => observer.postMessage('read'));
}
