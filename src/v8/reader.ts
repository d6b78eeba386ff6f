import { isRunnable, readThreadClock } from '../thread-clock.js';
import { isCollecting } from './isolate.js';
import type { Budget } from './memory.js';
import { type Prepared, prepare } from './prepare.js';
import type {
  CensusReading,
  HandlesReading,
  ImmediatesReading,
  ReaderState,
  StackReading,
  SuspendedReading,
  Unknown,
  WalkedThread,
} from './readings.js';
import { type Sample, sampleThread } from './sample.js';
import { readScriptText, type ScriptText } from './script-text.js';
import { describeCall, describeSuspended, mapCensus, mapHandles, type StackFrame } from './stack-frame.js';
import { describeSample } from './stack-reading.js';
import type { SuspendedReader } from './suspended/suspended.js';
import { createToldScripts, type ToldScripts } from './told-scripts.js';

/** Reads JavaScript stacks out of this process's memory, from another thread: none is stopped or asked. */
export interface MemoryReader {
  /** Learns and tests itself at the first call: 50 to 150 ms of CPU time of the calling thread. Never throws. */
  state(): ReaderState;
  /** The stack of a thread of this process, by the kernel's id of it: 1 to 10 ms. Never throws. */
  readStack(threadId: number): StackReading;
  /**
   * The text that runs in a frame of the stack that was read last; of one with more than `maxCharacters` the frame's line. Undefined if it has no text,
   * or if it cannot be told any more: the thread may have gone on. Never throws.
   */
  readScript(frame: StackFrame, maxCharacters: number): ScriptText | undefined;
  /** The scripts that a thread has loaded, for one report: their addresses are kept, so that the next one needs its own. */
  openScripts(threadId: number): ToldScripts;
  /**
   * The functions of a thread that are suspended at an `await`, while the thread goes on: up to half a second, and some
   * 300 ms more at the first call. Never throws.
   */
  readSuspended(threadId: number, about: WalkedThread): SuspendedReading;
  /** The objects of a thread's heap, counted by class: 2 to 4 ms of CPU time a MB. Never throws. */
  readCensus(threadId: number): CensusReading;
  /** The timers and servers of a thread, each with its function: 1.5 ms of CPU time a MB of its heap. Never throws. */
  readHandles(threadId: number): HandlesReading;
  /** The newest callbacks of `setImmediate` of a thread: 100 ms at most. Never throws. */
  readImmediates(threadId: number): ImmediatesReading;
  /** Whether a thread collects garbage at this moment. Never throws. */
  isCollecting(threadId: number): boolean;
  /** The kernel's ids of the threads that have an isolate: those that run JavaScript. Never throws. */
  listThreads(): readonly number[];
}

export interface MemoryReaderOptions {
  /** `off`: nothing is opened, nothing is read. */
  readonly mode: 'auto' | 'off';
}

const BUDGET: Budget = { bytes: 128 * 1024 * 1024, ms: 500 };

export function createMemoryReader({ mode }: MemoryReaderOptions): MemoryReader {
  let prepared: Prepared | string | undefined = mode === 'off' ? 'it is switched off' : undefined;
  /** Where the script of a frame was when it was read. */
  const scripts = new WeakMap<StackFrame, number>();
  const ensure = (): Prepared | string => {
    prepared ??= prepare();
    return prepared;
  };
  return {
    state() {
      const known = ensure();
      return typeof known === 'string' ? { on: false, reason: known } : { on: true };
    },
    readStack(threadId) {
      const startMs = performance.now();
      const known = ensure();
      const sample = typeof known === 'string' ? unknown(known) : readSample(known, threadId);
      return describeSample(sample, performance.now() - startMs, (frame, script) => scripts.set(frame, script));
    },
    readScript(frame, maxCharacters) {
      const known = ensure();
      const pointer = scripts.get(frame);
      if (typeof known === 'string' || pointer === undefined) return undefined;
      known.memory.begin(BUDGET);
      try {
        return readScriptText(known.reading, pointer, frame.scriptId, maxCharacters, frame);
      } catch {
        return undefined;
      }
    },
    openScripts: (threadId) => openScripts(ensure, threadId),
    readSuspended: (threadId, about) => readSuspended(ensure(), threadId, about),
    readCensus: (threadId) =>
      readIsolate(
        ensure(),
        threadId,
        (at, reads) => reads.count(at),
        (census) => mapCensus(census, describeCall),
      ),
    readHandles: (threadId) =>
      readIsolate(
        ensure(),
        threadId,
        (at, reads) => reads.listHandles(at),
        (handles) => mapHandles(handles, describeCall),
      ),
    readImmediates: (threadId) =>
      readIsolate(
        ensure(),
        threadId,
        (at, reads) => reads.listImmediates(at),
        ({ callbacks }) => ({ callbacks: callbacks.map(describeCall) }),
      ),
    isCollecting(threadId) {
      const known = ensure();
      if (typeof known === 'string') return false;
      known.memory.begin(BUDGET);
      try {
        const isolate = known.threads.isolateOf(threadId);
        return isolate !== 0 && isCollecting(known.memory, known.reading.isolate, isolate);
      } catch {
        return false;
      }
    },
    listThreads() {
      const known = ensure();
      if (typeof known === 'string') return [];
      known.memory.begin(BUDGET);
      return known.threads.list();
    },
  };
}

/** Nothing is opened or learnt before the first is read. */
function openScripts(ensure: () => Prepared | string, threadId: number): ToldScripts {
  let opened: ToldScripts | undefined;
  return {
    read(told, maxCharacters) {
      const known = ensure();
      if (typeof known === 'string') return [];
      known.memory.begin(BUDGET);
      try {
        opened ??= createToldScripts(known.reading, known.threads.isolateOf(threadId));
        return opened.read(told, maxCharacters);
      } catch {
        return [];
      }
    },
  };
}

function readSuspended(
  known: Prepared | string,
  threadId: number,
  { served, made, held, isLater }: WalkedThread,
): SuspendedReading {
  const looksIdle = () => typeof known !== 'string' && readSample(known, threadId).kind === 'idle';
  const isIdle = () => (held === undefined ? looksIdle() : held.state === 'idle');
  const turns = () => readThreadClock(threadId)?.turns;
  const sleep = () => (isRunnable(threadId) ? undefined : turns());
  return readIsolate(
    known,
    threadId,
    (isolate, suspended) =>
      suspended.read({ isolate, isIdle, turns, sleep, made, isLater, ...(held ? { hold: held.hold } : {}) }, served),
    describeSuspended,
  );
}

/** Of the isolate of a thread. */
function readIsolate<T extends object, Told extends object>(
  known: Prepared | string,
  threadId: number,
  read: (isolate: number, suspended: SuspendedReader) => T | string,
  describe: (found: T) => Told,
): ({ readonly kind: 'read'; readonly ms: number } & Told) | Unknown {
  const startMs = performance.now();
  if (typeof known === 'string') return unknown(known);
  known.memory.begin(BUDGET);
  try {
    const isolate = known.threads.isolateOf(threadId);
    if (isolate === 0) return unknown('no isolate is found on its thread');
    const found = read(isolate, known.suspended);
    if (typeof found === 'string') return unknown(found);
    return { kind: 'read', ...describe(found), ms: performance.now() - startMs };
  } catch (error) {
    return unknown(tellFailure(error));
  } finally {
    known.memory.refresh();
  }
}

function readSample({ memory, reading, threads }: Prepared, threadId: number): Sample {
  memory.begin(BUDGET);
  try {
    const isolate = threads.isolateOf(threadId);
    if (isolate === 0) return unknown('no isolate is found on its thread');
    return sampleThread(reading, isolate, { stackEnd: (address) => threads.stackEnd(threadId, address) });
  } catch (error) {
    return unknown(tellFailure(error));
  }
}

function tellFailure(error: unknown): string {
  return `it failed (${String(error).split('\n')[0]})`;
}

function unknown(reason: string): { readonly kind: 'unknown'; readonly reason: string } {
  return { kind: 'unknown', reason };
}
