import * as events from 'node:events';
import { writeSync } from 'node:fs';
import * as timers from 'node:timers/promises';
import * as vm from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { createMemoryReader } from '../../src/v8/reader.js';
import type { SuspendedFunctions, SuspendedReading } from '../../src/v8/readings.js';
import { ELSEWHERE, ELSEWHERE_FILENAME, FILENAME, findPlaces, SHAPES, writeProgram } from './suspended-shapes.js';

/**
 * A program that knows what it has suspended, and a thread that reads it from memory meanwhile.
 *
 * Arguments: rounds of each shape; what the thread that has them does then: `idle`, `native`, `loop`, `allocates`; `resumes`, for
 * one whose other functions go on at any time; `flows`, if they do so many times while they are read; `worker`, for an idle one
 * that is not main; megabytes of other objects.
 */
const [, , rounds = '1', mode = 'idle', megabytes = '0'] = process.argv;

export interface SuspendedSeen {
  readonly state: unknown;
  readonly reads: number;
  /** Reads that found all of the heap, of which nothing moved meanwhile. */
  readonly quiet: number;
  readonly last: Omit<SuspendedFunctions, 'places' | 'chains'> | { readonly kind: 'unknown'; readonly reason: string };
  /** Functions that do not wait, or not so many of them, or elsewhere, or for something else, of every read; those that a quiet one missed. */
  readonly wrong: readonly string[];
  /** Functions that go on at any time, of each read that found all of the heap. */
  readonly resuming: readonly number[];
  /** Of the same reads: functions that have gone on since. */
  readonly goneOn: readonly number[];
  /** Of the last read. */
  readonly missed: readonly string[];
}

type Role = { readonly role: 'worker' | 'observer' };
const { role } = (workerData ?? {}) as Partial<Role>;

if (isMainThread) start();
else if (role === 'worker') void suspend().then(() => parentPort?.postMessage('ready'));
else observe();

function start(): void {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const spawn = (as: Role['role']) =>
    new Worker(__filename, {
      argv: process.argv.slice(2),
      workerData: { role: as } satisfies Role,
      ...(as === 'observer' ? { resourceLimits: AGENT_LIMITS } : {}),
    });
  const observer = spawn('observer');
  const ready = () => {
    if (isResuming) resume();
    observer.postMessage('ready');
    if (mode === 'native') setTimeout(() => Atomics.wait(shared, 0, 0), 50);
    if (mode === 'loop') setTimeout(() => spin(), 50);
    if (mode === 'allocates') setTimeout(() => allocate(), 50);
  };
  observer.once('message', () => {
    if (mode === 'worker') spawn('worker').once('message', ready);
    else void suspend().then(ready);
  });
}

function spin(): void {
  let count = 0;
  for (;;) count = (count + 1) % 1000;
}

function allocate(): void {
  for (let kept: unknown[] = []; ; kept = kept.length > 1000 ? [] : kept)
    kept.push(Array.from({ length: 100 }, (_, i) => ({ i })));
}

const isResuming = mode === 'resumes' || mode === 'flows';
const RESUMING = 50;
const RESUMING_FILENAME = '/resuming.js';
/** One of them goes on every dozen milliseconds, and is busy for some time; or several end in each millisecond, and others begin. */
const RESUMING_SOURCE = `(async function resuming(wait, spin) {
  do {
    await wait();
    spin();
  } while (${mode === 'resumes'});
  resuming(wait, spin);
})`;
const RESUMING_MS = mode === 'flows' ? 8 : 600;
const BUSY_MS = mode === 'flows' ? 0 : 1;

function resume(): void {
  const resuming = vm.runInThisContext(RESUMING_SOURCE, { filename: RESUMING_FILENAME }) as (
    ...given: unknown[]
  ) => Promise<void>;
  const wait = () => new Promise((resolve) => setTimeout(resolve, RESUMING_MS * (0.5 + Math.random())));
  const spin = () => {
    const endMs = performance.now() + BUSY_MS;
    while (performance.now() < endMs);
  };
  for (let count = 0; count < RESUMING; count += 1) void resuming(wait, spin);
}

async function suspend(): Promise<void> {
  const keep: unknown[] = [];
  // A hundred bytes and some each.
  const ballast = Array.from({ length: Number(megabytes) * 9000 }, (_, i) => ({ a: i, b: `x${i}`, c: [i] }));
  Object.assign(globalThis, { keep, ballast });
  const hold = () => new Promise((resolve) => keep.push(resolve));
  const elsewhere: unknown = vm.runInNewContext(ELSEWHERE, {}, { filename: ELSEWHERE_FILENAME });
  const make = vm.runInThisContext(writeProgram(), { filename: FILENAME }) as (
    ...given: unknown[]
  ) => (rounds: number) => Promise<void>;
  await make(hold, keep, events, timers, elsewhere)(Number(rounds));
  // Every job has run.
  await timers.setTimeout(50);
  setInterval(() => {}, 1e8);
}

function observe(): void {
  const reader = createMemoryReader({ mode: 'auto' });
  const state = reader.state();
  const own = reader.listThreads();
  parentPort?.on('message', () => {
    const target = mode === 'worker' ? reader.listThreads().find((id) => !own.includes(id)) : process.pid;
    setTimeout(
      () =>
        watch((isLater) => reader.readSuspended(target ?? 0, { served: new Set(), made: new Set(), isLater }), state),
      200,
    );
  });
  parentPort?.postMessage('ready');
}

/** A heap of two gigabytes takes 30 where the machine has nothing else to do, and three times as many where it has. */
const MAX_READS = 400;
/** Of a thread that allocates: collections fall into some of them. */
const READS_OF_CHANGING = 30;

/** A read that was cut says so: the next ones know more pages. Main may be on its way to the call in which it stands still. */
function watch(read: (isLater: boolean) => SuspendedReading, state: unknown): void {
  const wrong = new Set<string>();
  const isChanging = mode === 'allocates' || isResuming;
  const least = isChanging ? READS_OF_CHANGING : 1;
  let last: SuspendedReading;
  let reads = 0;
  let quiet = 0;
  const resuming: number[] = [];
  const goneOn: number[] = [];
  do {
    last = read(reads > 0);
    reads += 1;
    if (last.kind !== 'read') continue;
    for (const one of findWrong(last)) wrong.add(one);
    if (!last.isWhole) continue;
    resuming.push(countResuming(last));
    goneOn.push(last.goneOn);
    if (!last.isQuiet) continue;
    quiet += 1;
    for (const one of [...findMissed(last), ...findResumingWrong(last)]) wrong.add(`in a quiet read: ${one}`);
  } while (reads < MAX_READS && (reads < least || (quiet === 0 && mode !== 'flows')));
  const missed = last.kind === 'read' ? findMissed(last) : [];
  const told = last.kind === 'read' ? { ...last, places: undefined, chains: undefined } : last;
  const seen: SuspendedSeen = { state, reads, quiet, last: told, wrong: [...wrong], resuming, goneOn, missed };
  writeSync(1, `${JSON.stringify(seen)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function countResuming(read: SuspendedFunctions): number {
  const own = read.places.filter(({ frame }) => frame.file === RESUMING_FILENAME);
  return own.reduce((sum, { count }) => sum + count, 0);
}

/** All but the one that runs wait. */
function findResumingWrong(read: SuspendedFunctions): readonly string[] {
  const told = countResuming(read);
  const isRight = !isResuming || ((told === RESUMING || told === RESUMING - 1) && read.lost === 0);
  return isRight ? [] : [`${told} of ${RESUMING} that go on at any time, ${read.lost} lost`];
}

const TRUE_PLACES = [...findPlaces(writeProgram(), FILENAME), ...findPlaces(ELSEWHERE, ELSEWHERE_FILENAME)];
/** Two waiters of one kind in one round. */
const TWICE = 'allLeft';
/** In `yield*` no `await` is written: the place is not asked for. */
const PLACELESS = 'above';

function expectedCount(name: string): number {
  return Number(rounds) * (name === TWICE ? 2 : 1);
}

function tellPlaces(read: SuspendedFunctions): ReadonlyMap<string, number> {
  const own = read.places.filter(({ frame }) => frame.file.startsWith('/generated/'));
  return new Map(own.map(({ frame, count }) => [`${frame.functionName} ${tellPlace(frame)}`, count]));
}

function tellPlace({ functionName, file, line, column }: SuspendedFunctions['places'][number]['frame']): string {
  return functionName === PLACELESS ? '' : `${file}:${line}:${column}`;
}

const TRUTH = new Map([
  ...TRUE_PLACES.map(({ name, place }): [string, number] => [`${name} ${place}`, expectedCount(name)]),
  [`${PLACELESS} `, expectedCount(PLACELESS)] as [string, number],
]);
const TRUE_CHAINS = new Set(SHAPES.flatMap(({ chains }) => chains.split(', ')));

function findWrong(read: SuspendedFunctions): readonly string[] {
  const places = [...tellPlaces(read)].filter(([place, count]) => count > (TRUTH.get(place) ?? 0));
  const chains = read.isWhole && read.isQuiet ? [...tellChains(read)].filter(([chain]) => !TRUE_CHAINS.has(chain)) : [];
  return [...places, ...chains].map(([what, count]) => `${count} of ${what}`);
}

function findMissed(read: SuspendedFunctions): readonly string[] {
  const [places, chains] = [tellPlaces(read), tellChains(read)];
  return [
    ...[...TRUTH].flatMap(([place, count]) =>
      places.get(place) === count ? [] : [`${place}: ${places.get(place) ?? 0} of ${count}`],
    ),
    ...[...TRUE_CHAINS].flatMap((chain) =>
      chains.get(chain) === Number(rounds) ? [] : [`${chain}: ${chains.get(chain) ?? 0} chains`],
    ),
  ];
}

/** Those that begin in the program; Node's own functions between are left out. */
function tellChains(read: SuspendedFunctions): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  for (const { steps, count } of read.chains) {
    const frames = steps.map(({ place, join }) => ({ frame: read.places[place]?.frame, join }));
    if (!frames[0]?.frame?.file.startsWith('/generated/')) continue;
    const own = frames.filter(({ frame }) => frame?.file.startsWith('/generated/'));
    const text = own.map(({ frame, join }) => {
      const by = join ? `${join.kind}${join.of === undefined ? '' : ` ${join.settled}/${join.of}`} > ` : '';
      return `${by}${frame?.functionName}`;
    });
    const key = text.join(' > ');
    told.set(key, (told.get(key) ?? 0) + count);
  }
  return told;
}
