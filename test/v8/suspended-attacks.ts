import { writeSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { arm } from '../../src/v8/arm.js';
import { createLiveThreads } from '../../src/v8/live-threads.js';
import { createSuspendedReader } from '../../src/v8/suspended/suspended.js';
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
const BUDGET = { bytes: 512 * 1024 * 1024, ms: 3000 };

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
  new Worker(__filename);
}

function attack(): void {
  const random = seed(1);
  const { memory, flip } = openFlippedMemory(random);
  const armed = arm(memory);
  if (typeof armed === 'string') throw new Error(armed);
  memory.begin(BUDGET);
  const threads = createLiveThreads(memory, armed);
  const isolate = threads.isolateOf(process.pid);
  const own = () => ({
    isolate: threads.isolateOf(armed.ownId),
    stackEnd: (address: number) => threads.stackEnd(armed.ownId, address),
  });
  const { reading } = armed;
  const right = createSuspendedReader(reading, own);
  const truth = tell(right.read(isolate)) ?? '';
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
      const told = tell(createSuspendedReader({ ...reading, layout }, own).read(isolate));
      if (told === undefined) result.mutants.off += 1;
      else if (told === truth) result.mutants.right += 1;
      else result.mutants.wrong.push(`${name} ${difference}: ${told}`);
    }
  }
  flip();
  for (let count = 0; count < FLIPS; count += 1) {
    try {
      right.read(isolate);
      result.flipped.read += 1;
    } catch (error) {
      result.flipped.thrown.push(String(error));
    }
  }
  writeSync(1, `${JSON.stringify(result)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** Functions of this program alone; undefined if it is off. */
function tell(walked: Walked | string): string | undefined {
  if (typeof walked === 'string') return undefined;
  const names = walked.places.map(({ call }) => call.functionName);
  const chains = walked.chains.map(
    ({ steps, count }) => `${count} ${steps.map(({ place, join }) => `${join?.kind ?? ''}${names[place]}`).join('>')}`,
  );
  return chains
    .filter((chain) => /outer|consumes|leaf|many/.test(chain))
    .sort()
    .join(', ');
}
