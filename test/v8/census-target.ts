import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { createMemoryReader } from '../../src/v8/reader.js';
import type { CensusReading } from '../../src/v8/readings.js';

/**
 * A program that knows how many objects of some classes it has, and a thread that counts them in memory meanwhile. It prints
 * the census, and kills itself. The only argument: `idle`; `allocates` without end in
 * the young generation; or `compacts`: the old one, too, and each collection of it moves all objects.
 */
const HAS = { Order: 20_000, Line: 10_000, Sub: 4000, OldStyle: 2000, Map: 3000, shape: 5000, closures: 1500 } as const;

/** Longer than any other. */
const LONG = { entries: 250_000, names: 240_000, queue: 260_000 } as const;

const MAX_READS = 10;

if (isMainThread) start();
else observe();

function start(): void {
  const mode = process.argv[2];
  class Order {
    readonly id = 1;
    readonly lines: unknown[] = [];
  }
  class Sub extends Order {
    readonly extra = 2;
  }
  class Line {
    readonly text = `line ${Math.random()}`;
  }
  const OldStyle = function OldStyle(this: { a: number }) {
    this.a = 1;
  } as unknown as new () => unknown;
  const closure = (index: number) =>
    function gmrCounted() {
      return index;
    };
  class Registry {
    readonly entries = new Map(
      Array.from({ length: LONG.entries }, (_, index) => [`carol${index}@example.com`, index]),
    );
    readonly names = new Set(Array.from({ length: LONG.names }, (_, index) => `dave${index}@example.com`));
  }
  const many = (length: number, make: (index: number) => unknown) => Array.from({ length }, (_, index) => make(index));
  const queue = many(LONG.queue, (index) => index);
  setInterval(() => queue.push(1), 1e8);
  Object.assign(globalThis, {
    kept: [
      many(HAS.Order, () => new Order()),
      many(HAS.Line, () => new Line()),
      many(HAS.Sub, () => new Sub()),
      many(HAS.OldStyle, () => new OldStyle()),
      many(HAS.Map, () => new Map([['user', 'alice@example.com']])),
      many(HAS.shape, (index) => ({ sku: index, price: (index + 0.5) / 3, label: `n${index}` })),
      many(HAS.closures, closure),
      new Registry(),
      Object.fromEntries(many(8, (index) => [`bob${index}@example.com`, index]) as [string, unknown][]),
    ],
  });
  // Those that stay get into the old generation, and the garbage of the start is gone.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 4; round += 1) collect();
  const worker = new Worker(__filename, { workerData: mode, resourceLimits: AGENT_LIMITS });
  worker.once('message', () => {
    if (mode === 'compacts') setFlagsFromString('--compact-on-every-full-gc');
    worker.postMessage('count');
    if (mode !== 'idle') setTimeout(() => allocate(mode === 'compacts' ? 5000 : 50), 50);
  });
  setInterval(() => {}, 1e8);
}

/** Much that it keeps for a while gets into the old generation. */
function allocate(most: number): void {
  for (let kept: unknown[] = []; ; kept = kept.length > most ? [] : kept)
    kept.push(Array.from({ length: 100 }, (_, i) => ({ i })));
}

/** On a slow machine the time may not suffice for all objects, or for the keepers of the longest ones. */
function readWhole(read: () => CensusReading): CensusReading {
  let census = read();
  const isWhole = () =>
    census.kind === 'read' && census.isWhole && census.longest.slice(0, 3).every(({ keeper }) => keeper);
  for (let reads = 1; !isWhole() && reads < MAX_READS; reads += 1) census = read();
  return census;
}

function observe(): void {
  const reader = createMemoryReader({ mode: 'auto' });
  parentPort?.once('message', () => {
    setTimeout(() => {
      const read = () => reader.readCensus(process.pid);
      // Where all objects move, no read may be whole.
      const census = workerData === 'compacts' ? read() : readWhole(read);
      writeSync(1, `${JSON.stringify(census)}\n`);
      process.kill(process.pid, 'SIGKILL');
    }, 300);
  });
  reader.state();
  parentPort?.postMessage('ready');
}
