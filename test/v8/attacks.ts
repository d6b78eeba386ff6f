import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { type Armed, arm } from '../../src/v8/arm.js';
import type { Layout } from '../../src/v8/layout/layout.js';
import { createLiveThreads } from '../../src/v8/live-threads.js';
import { type Sample, sampleThread } from '../../src/v8/sample.js';
import { seed } from '../fuzz/random.js';
import { openFlippedMemory } from './flipped.js';

/**
 * Attacks the reader while main stands in a native call: each constant of the layout is made wrong, one at a time; then
 * bits flip in what it reads. It must say that it does not know, or tell the true stack.
 *
 * Arguments: the differences that are added to each constant, separated by commas; how many reads with flipped bits.
 */
const [, , differences = '8', flips = '300'] = process.argv;

export interface Attacked {
  readonly node: string;
  /** Calls of the true stack; 0 if it could not be read. */
  readonly calls: number;
  readonly mutants: { off: number; right: number; unknown: number; readonly wrong: string[] };
  readonly flipped: { right: number; unknown: number; readonly wrong: string[]; readonly thrown: string[] };
}

const BUDGET = { bytes: 64 * 1024 * 1024, ms: 1000 };

if (isMainThread) standStill();
else attack();

function standStill(): void {
  const flag = new Int32Array(new SharedArrayBuffer(8));
  new Worker(__filename, { argv: process.argv.slice(2), workerData: { flag }, resourceLimits: AGENT_LIMITS });
  const stand = () => [Atomics.store(flag, 1, 1), Atomics.wait(flag, 0, 0)];
  class Box {
    value: unknown;
    constructor(count: number) {
      this.value = [count].map(function each() {
        return stand();
      });
    }
  }
  setTimeout(function outermost() {
    new Box(1);
  }, 100);
}

function attack(): void {
  const { flag } = workerData as { flag: Int32Array };
  while (Atomics.load(flag, 1) === 0) Atomics.wait(flag, 1, 0, 20);
  const random = seed(1);
  const { memory, flip } = openFlippedMemory(random);
  const read = (armed: Armed): Sample => {
    memory.begin(BUDGET);
    const threads = createLiveThreads(memory, armed);
    const isolate = threads.isolateOf(process.pid);
    const stackEnd = (address: number) => threads.stackEnd(process.pid, address);
    return isolate === 0
      ? { kind: 'unknown', reason: 'no isolate' }
      : sampleThread(armed.reading, isolate, { stackEnd });
  };
  const armed = arm(memory);
  const truth = typeof armed === 'string' ? undefined : tell(read(armed));
  const result: Attacked = {
    node: process.version,
    calls: truth?.split('\n').length ?? 0,
    mutants: { off: 0, right: 0, unknown: 0, wrong: [] },
    flipped: { right: 0, unknown: 0, wrong: [], thrown: [] },
  };
  if (typeof armed !== 'string' && truth !== undefined) {
    for (const path of listConstants(armed.reading.layout)) {
      for (const difference of differences.split(',').map(Number)) {
        const mutant = arm(memory, { adjust: (layout) => change(layout, path, difference) });
        if (typeof mutant === 'string') result.mutants.off += 1;
        else judge(tell(read(mutant)), truth, `${path.join('.')} ${difference}`, result.mutants);
      }
    }
    flip();
    for (let count = 0; count < Number(flips); count += 1) {
      try {
        judge(tell(read(armed)), truth, String(count), result.flipped);
      } catch (error) {
        result.flipped.thrown.push(String(error));
      }
    }
  }
  writeSync(1, `${JSON.stringify(result)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function judge(
  told: string | undefined,
  truth: string,
  name: string,
  counts: { right: number; unknown: number; readonly wrong: string[] },
): void {
  if (told === undefined) counts.unknown += 1;
  else {
    const calls = truth.split('\n');
    const wrong = told.split('\n').find((line, index) => line !== calls[index] && !isInexact(line, calls[index]));
    if (wrong === undefined && told.split('\n').length === calls.length) counts.right += 1;
    else counts.wrong.push(`${name}: ${wrong ?? 'too few or too many calls'}`);
  }
}

/** The right function, whose place says that it is not known. */
function isInexact(told: string, truth: string | undefined): boolean {
  const [, call] = /^(.*):\d+:\d+ inexact$/.exec(told) ?? [];
  return call !== undefined && truth?.replace(/:\d+:\d+$/, '') === call;
}

/** Undefined unless the stack is whole. An inexact place says that it is. */
function tell(sample: Sample): string | undefined {
  if (sample.kind !== 'native' || !sample.walked.isComplete) return undefined;
  const { calls } = sample.walked;
  return calls
    .map(({ functionName, file, line, column, inexact }) => {
      const place = `${functionName} ${file}:${line}:${column}`;
      return inexact ? `${place} inexact` : place;
    })
    .join('\n');
}

type Path = readonly [group: string, name: string];

function listConstants(layout: Layout): Path[] {
  return Object.entries(layout).flatMap(([group, constants]) =>
    Object.entries(constants as Record<string, unknown>).flatMap(([name, value]): Path[] =>
      typeof value === 'number' ? [[group, name]] : [],
    ),
  );
}

function change(layout: Layout, [group, name]: Path, difference: number): Layout {
  const constants = layout[group as keyof Layout] as unknown as Record<string, number>;
  return { ...layout, [group]: { ...constants, [name]: (constants[name] ?? 0) + difference } };
}
