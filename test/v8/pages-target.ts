import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { AGENT_LIMITS } from '../../src/main/agent-limits.js';
import { arm } from '../../src/v8/arm.js';
import { isCollecting } from '../../src/v8/isolate.js';
import { createLiveThreads } from '../../src/v8/live-threads.js';
import { createMemory, openProcessMemory } from '../../src/v8/memory.js';
import { learnSuspended } from '../../src/v8/suspended/learn.js';
import { listPages, type PageList, relistPages } from '../../src/v8/suspended/pages.js';

/** A program that waits, grows its heap, and waits again, and a thread that lists its pages before and after. */
export interface PagesSeen {
  readonly before: readonly number[];
  /** The same pages by their headers alone; undefined if another page has come. */
  readonly again: readonly number[] | undefined;
  readonly after: readonly number[];
  readonly againAfter: readonly number[] | undefined;
  /** Whether its thread was ever seen collecting garbage while it waits. */
  readonly collectsWaiting: boolean;
  /** The answers to that while it makes objects. */
  readonly collectsMaking: readonly boolean[];
}

const BUDGET = { bytes: 4 * 1024 ** 3, ms: 60_000 };
/** More than the young generation can have: most of it is on new pages of the old one. */
const OBJECTS = 1_000_000;
const WAITING = 0;
const GROW = 1;
const SEEN = 2;
const GROWN = 3;
/** The threads that sweep, and those that mark, may change the list once more. */
const TRIES = 200;
const LOOKS = 100;
const PATIENCE_MS = 100_000;

if (isMainThread) start();
else observe(workerData as Int32Array);

function start(): void {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  new Worker(__filename, { workerData: flag, resourceLimits: AGENT_LIMITS });
  Atomics.wait(flag, 0, WAITING, PATIENCE_MS);
  const kept = Array.from({ length: OBJECTS }, (_, number) => ({ number, list: [number, number + 1] }));
  Object.assign(globalThis, { kept });
  while (Atomics.load(flag, 0) === GROW) globalThis.structuredClone(kept.slice(0, 10));
  Atomics.store(flag, 0, GROWN);
  Atomics.notify(flag, 0);
  Atomics.wait(flag, 0, GROWN, PATIENCE_MS);
  process.exit(1);
}

function observe(flag: Int32Array): void {
  const memory = createMemory(openProcessMemory());
  const armed = arm(memory);
  if (typeof armed === 'string') throw new Error(armed);
  const threads = createLiveThreads(memory, armed);
  memory.begin(BUDGET);
  const own = threads.isolateOf(armed.ownId);
  const stackEnd = (address: number) => threads.stackEnd(armed.ownId, address);
  const layout = learnSuspended(armed.reading, { isolate: own, stackEnd });
  if (typeof layout === 'string') throw new Error(layout);
  const main = threads.isolateOf(process.pid);
  const list = () => {
    memory.begin(BUDGET);
    return listPages(memory, layout.pages, main, { isLater: true });
  };
  const relist = (before: PageList) => relistPages(memory, layout.pages, main, before);
  const addressesOf = ({ pages }: PageList) => pages.map(({ address }) => address);
  const listUntilSame = () => {
    for (let tries = 1; ; tries += 1) {
      const before = list();
      const again = relist(before);
      const [one, other] = [addressesOf(before), again && addressesOf(again)];
      if (`${one}` === `${other}` || tries === TRIES) return { before, one, other };
    }
  };
  const collects = () => {
    memory.begin(BUDGET);
    return isCollecting(memory, armed.reading.isolate, main);
  };
  const first = listUntilSame();
  const collectsWaiting = Array.from({ length: LOOKS }, collects).includes(true);
  Atomics.store(flag, 0, GROW);
  Atomics.notify(flag, 0);
  const answers = new Set<boolean>();
  for (const end = performance.now() + PATIENCE_MS; answers.size < 2 && performance.now() < end; )
    answers.add(collects());
  Atomics.store(flag, 0, SEEN);
  Atomics.wait(flag, 0, SEEN, PATIENCE_MS);
  const grown = relist(first.before);
  const seen: PagesSeen = {
    before: first.one,
    again: first.other,
    after: addressesOf(list()),
    againAfter: grown && addressesOf(grown),
    collectsWaiting,
    collectsMaking: [...answers].sort(),
  };
  writeSync(1, `${JSON.stringify(seen)}\n`);
  process.kill(process.pid, 'SIGKILL');
}
