import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, Worker } from 'node:worker_threads';
import { arm } from '../../src/v8/arm.js';
import { createLiveThreads } from '../../src/v8/live-threads.js';
import { createMemory, openProcessMemory } from '../../src/v8/memory.js';
import { learnSuspended } from '../../src/v8/suspended/learn.js';

/** A thread that learns V8's layout in its own heap, which is full of alike objects and of the free spaces between them. */
export interface FreeSpaceSeen {
  /** The units that were learned, or the reasons why not, each time. */
  readonly units: readonly (number | string)[];
}

const OBJECTS = 300_000;
const TIMES = 20;

if (isMainThread) new Worker(__filename);
else learnOften();

function learnOften(): void {
  const memory = createMemory(openProcessMemory());
  const armed = arm(memory);
  if (typeof armed === 'string') throw new Error(armed);
  const { reading, ownId } = armed;
  const threads = createLiveThreads(memory, armed);
  const own = { isolate: threads.isolateOf(ownId), stackEnd: (address: number) => threads.stackEnd(ownId, address) };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;

  let objects: unknown[] = Array.from({ length: OBJECTS }, (_, index) => ({ a: index, b: index, c: index }));
  const units = Array.from({ length: TIMES }, (_, time) => {
    collect();
    objects = objects.filter((_, index) => index % (time + 2) !== 0);
    collect();
    memory.begin({ bytes: 512 * 1024 ** 2, ms: 60_000 });
    const learned = learnSuspended(reading, own);
    return typeof learned === 'string' ? learned : learned.free.unit;
  });
  writeSync(1, `${JSON.stringify({ units } satisfies FreeSpaceSeen)}\n`);
  process.kill(process.pid, 'SIGKILL');
}
