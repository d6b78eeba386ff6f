import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { createMemoryReader } from '../../src/v8/reader.js';
import type { HandlesReading } from '../../src/v8/readings.js';

/**
 * A program with a timer and a server, nearly all of whose objects are of another realm, and a thread that reads those two from
 * memory. It prints them, and kills itself. The only argument: the name of the socket, in a directory of its own.
 */
if (isMainThread) start();
else observe();

function start(): void {
  const directory = mkdtempSync(join(tmpdir(), 'handles-'));
  process.chdir(directory);
  setInterval(function tick() {}, 1e8);
  const noted = createServer(() => {}).listen(0, '127.0.0.1');
  // V8 keeps its properties in a table then, with values that look like names.
  const notes = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`note${index}`, '_handle']));
  Object.assign(noted, notes);
  Reflect.deleteProperty(noted, 'note0');
  createServer(function accept() {}).listen(process.argv[2], () => {
    const observer = new Worker(__filename, { resourceLimits: AGENT_LIMITS });
    observer.once('message', () => {
      Object.assign(globalThis, { kept: runInNewContext('Array.from({ length: 60000 }, (_, i) => ({ i, o: {} }))') });
      observer.postMessage(directory);
    });
  });
}

const MAX_READS = 20;

function observe(): void {
  const reader = createMemoryReader({ mode: 'auto' });
  reader.state();
  parentPort?.once('message', (directory: string) => {
    let read: HandlesReading | undefined;
    for (let reads = 0; reads < MAX_READS && !(read?.kind === 'read' && read.isWhole); reads += 1)
      read = reader.readHandles(process.pid);
    rmSync(directory, { recursive: true, force: true });
    writeSync(1, `${JSON.stringify(read)}\n`);
    process.kill(process.pid, 'SIGKILL');
  });
  parentPort?.postMessage('ready');
}
