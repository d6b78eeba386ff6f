import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll } from 'vitest';

const started: Worker[] = [];
afterAll(() => Promise.all(started.map((worker) => worker.terminate())));

/** The kernel's id of a thread that goes on with `code`. It ends with the test file. */
export async function startThread(code: string): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.postMessage(Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').pop()));
     ${code}`,
    { eval: true },
  );
  started.push(worker);
  const [osId] = await once(worker, 'message');
  return osId;
}
