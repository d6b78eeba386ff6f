import { isMainThread, Worker } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { observeMain } from './observe.js';

/**
 * A program whose functions all wait for one join of many promises, or for one of many functions, and a thread that reads them from
 * memory. The only argument: how many functions of each kind.
 */
const PROMISES = 5000;
const INNERS = 60;

if (isMainThread) start();
else observeMain();

function start(): void {
  const keep: unknown[] = [];
  const all = Promise.all(Array.from({ length: PROMISES }, () => new Promise((resolve) => keep.push(resolve))));
  Object.assign(globalThis, { kept: [keep, all] });
  async function waitForAll(): Promise<void> {
    await all;
  }
  async function inner(): Promise<void> {
    await new Promise((resolve) => keep.push(resolve));
  }
  const inners = Promise.all(Array.from({ length: INNERS }, inner));
  async function waitForInners(): Promise<void> {
    await inners;
  }
  for (let index = 0; index < Number(process.argv[2]); index += 1) {
    void waitForAll();
    void waitForInners();
  }
  const observer = new Worker(__filename, { resourceLimits: AGENT_LIMITS });
  observer.once('message', () => observer.postMessage('read'));
  setInterval(() => {}, 1e8);
}
