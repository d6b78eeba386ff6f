import { execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, promises, readFile, rmSync, writeSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, MessageChannel, parentPort, Worker } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { createMemoryReader } from '../../src/v8/reader.js';
import type { SuspendedReading } from '../../src/v8/readings.js';

/**
 * A program whose functions wait for things of every kind, and a thread that reads from memory what would settle each of them. It
 * prints that by the function's name, and kills itself.
 *
 * Arguments: megabytes of other objects; `blocked`, for one function that waits for another one that main is in.
 */
export interface SettlersSeen {
  readonly [name: string]:
    | { readonly told: string; readonly ms?: number; readonly at?: number; readonly begun?: readonly [number, number] }
    | undefined;
}

if (isMainThread) start();
else observe();

/** Milliseconds of this thread's clock of timers. */
function readTimerClock(): number {
  const timer = setTimeout(() => {}, 0);
  const { _idleStart } = timer as unknown as { readonly _idleStart: number };
  clearTimeout(timer);
  return _idleStart;
}

function start(): void {
  const directory = mkdtempSync(join(tmpdir(), 'settlers-'));
  const [fifo, otherFifo] = ['one', 'two'].map((name) => join(directory, name)) as [string, string];
  execFileSync('mkfifo', [fifo, otherFifo]);
  class Mutex {
    readonly queue: unknown[] = [];
    timer: unknown;
    lock() {
      return new Promise((resolve) => this.queue.push(resolve));
    }
  }
  class Pool {
    readonly pending = new Map<string, unknown>();
    acquire(id: string) {
      return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject, password: 'hunter2' }));
    }
  }
  /** So many that V8 gives them pages of their own. */
  class Crowd {
    readonly waiting: unknown[] = Array.from({ length: 70_000 }, (_, index) => ({ index }));
    wait() {
      return new Promise((resolve) => this.waiting.push(resolve));
    }
  }
  class Bus extends EventEmitter {}
  class Deferred {
    resolve: unknown;
    readonly promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
  const mutex = new Mutex();
  const pool = new Pool();
  const crowd = new Crowd();
  const bus = new Bus();
  const set = new Set<unknown>();
  const gate: { open?: unknown } = {};
  const never = { now: false };
  const cache = new Map<string, unknown>();
  const users: Record<string, unknown> = {};
  const dictionary = Object.create(null) as Record<string, unknown>;
  const deferred = new Deferred();
  const gathering = new Deferred();
  const abandoned = new Promise(() => {});
  /** A list of plain objects, longer than the way up that is followed. */
  let list: unknown;
  const append = () =>
    new Promise((resolve) => {
      list = { resolve, next: list };
    });
  const stream = new PassThrough();
  const readable = new Readable({ read() {} });
  const other = new Worker('setInterval(() => {}, 1e8)', { eval: true });
  const { port1 } = new MessageChannel();
  const server = createServer(() => {});
  let socket: Socket | undefined;
  const port = () => (server.address() as AddressInfo).port;
  const functions: Record<string, () => Promise<unknown>> = {
    async lock() {
      await mutex.lock();
    },
    async acquire() {
      await pool.acquire('alice@example.com');
    },
    async inCrowd() {
      await crowd.wait();
    },
    async timer() {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    },
    async timerCall() {
      await new Promise((resolve) => setTimeout(() => resolve(1), 90_000));
    },
    async timerPromise() {
      await sleep(120_000);
    },
    async firedTimer() {
      await new Promise((resolve) => {
        mutex.queue.push(resolve);
        mutex.timer = setTimeout(() => (never.now ? resolve(1) : undefined), 1);
      });
    },
    async onceEvent() {
      await once(bus, 'ready');
    },
    async listener() {
      await new Promise<void>((resolve) => bus.on('drain', () => resolve()));
    },
    async upOrEnd() {
      await new Promise<void>((resolve, reject) => {
        bus.once('up', () => resolve());
        bus.on('end', () => reject(new Error('ended')));
      });
    },
    async openFile() {
      const handle = await promises.open(fifo, 'r');
      await handle.close();
    },
    async readCallback() {
      await new Promise((resolve, reject) =>
        readFile(otherFifo, (error, data) => (error ? reject(error) : resolve(data))),
      );
    },
    async socketData() {
      await new Promise((resolve, reject) => {
        socket?.once('data', (data) => resolve(data));
        socket?.once('error', reject);
      });
    },
    async httpRequest() {
      await new Promise((resolve, reject) => {
        const made = request({ host: 'localhost', port: port(), path: '/slow' }, (answer) =>
          answer.on('end', () => resolve(answer)),
        );
        made.on('error', reject).end();
      });
    },
    async streamEnd() {
      await finished(stream);
    },
    async eachChunk() {
      for await (const chunk of readable) void chunk;
    },
    async property() {
      await new Promise((resolve) => {
        gate.open = resolve;
      });
    },
    async byUser() {
      await new Promise((resolve) => {
        users['bob@example.com'] = resolve;
      });
    },
    async byGlobal() {
      await new Promise((resolve) => Object.assign(globalThis, { 'carol@example.com': resolve }));
    },
    async byMarkedUser() {
      await new Promise((resolve) => {
        dictionary['\u0001hunter2\u0001'] = resolve;
      });
    },
    async member() {
      await new Promise((resolve) => set.add(resolve));
    },
    async instance() {
      await deferred.promise;
    },
    async workerMessage() {
      await new Promise((resolve) => other.once('message', resolve));
    },
    async portMessage() {
      await new Promise((resolve) => port1.on('message', resolve));
    },
    async childExit() {
      await new Promise((resolve) => child.on('exit', resolve));
    },
    async afterOther() {
      await new Promise((resolve) => functions.lock?.().then((value) => resolve(value)));
    },
    async inLongList() {
      const promise = append();
      for (let more = 0; more < 40; more += 1) void append();
      await promise;
    },
    async crowdAtGate() {
      await Promise.race(CROWD.map(() => awaitIt(gathering.promise)));
    },
    async crowdOfLost() {
      await Promise.race(CROWD.map(() => awaitIt(abandoned)));
    },
    async lost() {
      const promise = new Promise(() => {});
      cache.set('kept', promise);
      await promise;
    },
  };
  const child = spawn('sleep', ['1000']);
  const ballast = Array.from({ length: Number(process.argv[2]) * 9000 }, (_, i) => ({ a: i, b: `x${i}`, c: [i] }));
  server.listen(0, 'localhost', () => {
    socket = connect(port(), 'localhost', () => {
      const startMs = readTimerClock();
      Object.assign(globalThis, { list: () => list, kept: [ballast, Object.values(functions).map((each) => each())] });
      const begun = [startMs, readTimerClock()] as const;
      if (process.argv[3] === 'blocked') void waitForRunning();
      const observer = new Worker(__filename, { argv: process.argv.slice(2), resourceLimits: AGENT_LIMITS });
      setTimeout(() => observer.postMessage({ begun, child: child.pid ?? 0, directory } satisfies Begun), 500);
    });
  });
}

/** More than the objects that are looked at of most things. */
const CROWD = Array.from({ length: 300 });

/** Each has the promise in a variable. */
async function awaitIt(promise: Promise<unknown>): Promise<void> {
  await promise;
}

/** Its promise is that of a function that runs, and has no `resolve`. */
async function waitForRunning(): Promise<void> {
  await (async () => {
    await sleep(1500);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })();
}

const MAX_READS = 40;

interface Begun {
  /** All functions began between these two times of their thread's clock of timers. */
  readonly begun: readonly [number, number];
  readonly child: number;
  readonly directory: string;
}

/** The first reads may have no time for the whole heap. */
function observe(): void {
  const reader = createMemoryReader({ mode: 'auto' });
  const isBlocked = process.argv[3] === 'blocked';
  parentPort?.once('message', ({ begun, child, directory }: Begun) => {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    while (isBlocked && reader.readStack(process.pid).kind !== 'native') Atomics.wait(pause, 0, 0, 50);
    let seen: SettlersSeen = {};
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const read = reader.readSuspended(process.pid, { served: new Set(), made: new Set() });
      const now = tell(read, begun);
      seen = { ...seen, ...now };
      const isRead = read.kind === 'read' && read.isWhole && read.isQuiet;
      const isTold = Object.entries(now).every(([name, one]) => name === 'inLongList' || one?.told);
      if (isRead && (isBlocked ? now.lock?.told : isTold)) break;
    }
    writeSync(1, `${JSON.stringify(seen)}\n`);
    process.kill(child, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    process.kill(process.pid, 'SIGKILL');
  });
}

function tell(read: SuspendedReading, begun: readonly [number, number]): SettlersSeen {
  if (read.kind === 'unknown') return { state: { told: read.reason } };
  const told = read.chains.map(({ steps, settler }) => {
    const name = read.places[steps[0]?.place ?? -1]?.frame.functionName ?? '';
    const calls = settler?.callback?.file.endsWith('target.js') ? ' calls' : '';
    const text = settler
      ? `${settler.kind} ${settler.label}${settler.of === undefined ? '' : ` ${settler.of}`}${calls}`
      : '';
    const timer = settler?.timer ? { ms: settler.timer.ms, at: settler.timer.at, begun } : {};
    return [name, { told: text, ...timer }] as const;
  });
  return Object.fromEntries(told);
}
