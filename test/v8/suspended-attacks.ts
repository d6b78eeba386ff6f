import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { REQUEST_STORE } from '../../src/request-marks.js';
import { arm } from '../../src/v8/arm.js';
import type { SettledThread } from '../../src/v8/holders/search.js';
import { createLiveThreads } from '../../src/v8/live-threads.js';
import { createSuspendedReader, type SuspendedReader } from '../../src/v8/suspended/suspended.js';
import type { Walked } from '../../src/v8/suspended/walk.js';
import { seed } from '../fuzz/random.js';
import { openFlippedMemory } from './flipped.js';

/**
 * Attacks the walk while main waits at a few places: each constant of promises is made wrong, one at a time; then bits flip in
 * what it reads. It must say that it does not know, or tell nothing that is not so.
 */
export interface SuspendedAttacked {
  /** Of the right layout. */
  readonly truth: string;
  readonly mutants: { off: number; right: number; readonly wrong: string[] };
  readonly flipped: { read: number; readonly thrown: string[] };
}

const DIFFERENCES = [8, -8, 1];
const FLIPS = 20;
const MAX_READS = 20;
const SERVED = 17;
const BUDGET = { bytes: 512 * 1024 * 1024, ms: 3000 };

/** As Node's and main's objects of a request refer to each other. */
class Served {
  readonly #mark = { id: SERVED, pipelined: undefined };
  readonly request = { socket: this };
  readonly _httpMessage = { req: this.request };
  hasMark(): boolean {
    return this.#mark.id > 0;
  }
}

if (isMainThread) waitForEver();
else setTimeout(attack, 300);

function waitForEver(): void {
  const kept: unknown[] = [];
  Object.assign(globalThis, { kept });
  const hold = () => new Promise((resolve) => kept.push(resolve));
  async function leaf(): Promise<void> {
    await hold();
  }
  async function outer(): Promise<void> {
    await Promise.all([leaf(), leaf(), 1]);
  }
  async function* many(): AsyncGenerator<number> {
    await hold();
    yield 1;
  }
  async function consumes(): Promise<void> {
    for await (const one of many()) kept.push(one);
  }
  for (let round = 0; round < 5; round += 1) kept.push(outer(), consumes());
  async function serve(_: object): Promise<void> {
    await hold();
  }
  // Found by either, with the same number.
  const store = Object.assign(new AsyncLocalStorage<number>(), { [REQUEST_STORE]: true });
  store.run(SERVED, () => kept.push(serve(new Served().request)));
  new Worker(__filename, { resourceLimits: AGENT_LIMITS });
}

function attack(): void {
  const random = seed(1);
  const { memory, flip } = openFlippedMemory(random);
  const armed = arm(memory);
  if (typeof armed === 'string') throw new Error(armed);
  memory.begin(BUDGET);
  const threads = createLiveThreads(memory, armed);
  const thread = {
    isolate: threads.isolateOf(process.pid),
    isIdle: () => true,
    turns: () => undefined,
    sleep: () => undefined,
    made: new Set<number>(),
  };
  const own = () => ({
    isolate: threads.isolateOf(armed.ownId),
    stackEnd: (address: number) => threads.stackEnd(armed.ownId, address),
  });
  const { reading } = armed;
  const right = createSuspendedReader(reading, own);
  const truth = tell(readWhole(right, thread)) ?? '';
  const result: SuspendedAttacked = {
    truth,
    mutants: { off: 0, right: 0, wrong: [] },
    flipped: { read: 0, thrown: [] },
  };
  const { promises } = reading.layout;
  for (const name of Object.keys(promises) as (keyof typeof promises)[]) {
    for (const difference of DIFFERENCES) {
      const layout = { ...reading.layout, promises: { ...promises, [name]: promises[name] + difference } };
      memory.begin(BUDGET);
      const told = tell(readWhole(createSuspendedReader({ ...reading, layout }, own), thread));
      // Without the number of a request it is off in part.
      if (told === undefined || told === truth.replace(`${SERVED}`, '')) result.mutants.off += 1;
      else if (told === truth) result.mutants.right += 1;
      else result.mutants.wrong.push(`${name} ${difference}: ${told}`);
    }
  }
  flip();
  for (let count = 0; count < FLIPS; count += 1) {
    try {
      right.read(thread, new Set([SERVED]));
      result.flipped.read += 1;
    } catch (error) {
      result.flipped.thrown.push(String(error));
    }
  }
  writeSync(1, `${JSON.stringify(result)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** On a slow machine one read may not come to the end of the heap. */
function readWhole(reader: SuspendedReader, thread: SettledThread): ReturnType<SuspendedReader['read']> {
  let read = reader.read(thread, new Set([SERVED]));
  for (let reads = 1; typeof read !== 'string' && !read.isWhole && reads < MAX_READS; reads += 1)
    read = reader.read({ ...thread, isLater: true }, new Set([SERVED]));
  return read;
}

/** Functions of this program alone; undefined if it is off. */
function tell(walked: Walked | string): string | undefined {
  if (typeof walked === 'string') return undefined;
  const names = walked.places.map(({ call }) => call.functionName);
  const chains = walked.chains.map(
    ({ steps, count, requests }) =>
      `${count} ${steps.map(({ place, join }) => `${join?.kind ?? ''}${names[place]}`).join('>')} ${requests.join()}`,
  );
  return chains
    .filter((chain) => /outer|consumes|leaf|many|serve/.test(chain))
    .sort()
    .join(', ');
}
