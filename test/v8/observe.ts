import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { createMemoryReader } from '../../src/v8/reader.js';
import type { SuspendedReading } from '../../src/v8/readings.js';

/** A read that was cut says so. */
const MAX_READS = 40;

/** Reads the suspended functions of main when it says so, as a report and its supplement do; prints the last read, and kills the process. */
export function observeMain(): void {
  const reader = createMemoryReader({ mode: 'auto' });
  reader.state();
  parentPort?.once('message', () => {
    let read: SuspendedReading | undefined;
    const isCut = () => !(read?.kind === 'read' && read.isWhole && read.isQuiet && read.search === 'over');
    for (let reads = 0; reads < MAX_READS && isCut(); reads += 1)
      read = reader.readSuspended(process.pid, { served: new Set(), made: new Set(), isLater: reads > 0 });
    writeSync(1, `${JSON.stringify(read)}\n`);
    process.kill(process.pid, 'SIGKILL');
  });
  parentPort?.postMessage('ready');
}
