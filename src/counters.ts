import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';

/**
 * Memory that the two threads share: signals heard by the agent, whether the agent holds main's inspector, whether the
 * process ends. It can be read while the other thread is busy.
 */
export interface Counters {
  /** The agent heard this signal; returns how often it has. */
  countSignal(signal: string): number;
  signalsHeard(signal: string): number;
  setSignalsHeard(signal: string, count: number): void;
  exiting(): Exiting;
  setExiting(exiting: Exiting): void;
  /** Whether the agent holds an inspector session on main. */
  connected(): boolean;
  setConnected(connected: boolean): void;
  /** Blocks, for `timeoutMs` at most, until the session is gone. */
  waitForDisconnect(timeoutMs: number): void;
  /** Reports that were made and that no collector has taken. */
  undelivered(): number;
  addUndelivered(delta: number): void;
  /** Of these, those that wait on disk. */
  waiting(): number;
  addWaiting(delta: number): void;
  /** Main's loop has turned. */
  addBeat(): void;
  /** How often it has; 0 before the first time. */
  beats(): number;
  /** How many sections and groups the program has registered. */
  registered(): number;
  setRegistered(count: number): void;
  setCrashReport(stage: CrashReport): void;
  /** Blocks until the report of a crash has come to `stage`, for `timeoutMs` at most; false when it has not. */
  waitForCrashReport(stage: CrashReport, timeoutMs: number): boolean;
  /** For an agent that starts again: it has heard what main has heard, holds nothing, keeps nothing. */
  reset(heard: ReadonlyMap<string, number>): void;
}

/** `printed`: its text is out; `ended`: a collector has answered, or it waits. */
export type CrashReport = 'printed' | 'ended';

/** `begun`: exit listeners of the program still run; `last`: none does. */
export type Exiting = 'no' | 'begun' | 'last';

const EXITING: readonly Exiting[] = ['no', 'begun', 'last'];
/** Signal numbers are cells of their own, below these. */
const CELL = { exiting: 64, connected: 65, undelivered: 66, waiting: 67, beats: 68, crash: 69, registered: 70 };
const CRASH: readonly CrashReport[] = ['printed', 'ended'];

export function createCounters(): SharedArrayBuffer {
  return new SharedArrayBuffer((CELL.registered + 1) * Int32Array.BYTES_PER_ELEMENT);
}

export function openCounters(buffer: SharedArrayBuffer): Counters {
  const cells = new Int32Array(buffer);
  const cellOf = (signal: string) => constants.signals[signal as NodeJS.Signals] ?? 0;
  const counters: Counters = {
    countSignal: (signal) => Atomics.add(cells, cellOf(signal), 1) + 1,
    signalsHeard: (signal) => Atomics.load(cells, cellOf(signal)),
    setSignalsHeard: (signal, count) => void Atomics.store(cells, cellOf(signal), count),
    exiting: () => EXITING[Atomics.load(cells, CELL.exiting)] ?? 'no',
    setExiting: (exiting) => void Atomics.store(cells, CELL.exiting, EXITING.indexOf(exiting)),
    connected: () => Atomics.load(cells, CELL.connected) === 1,
    setConnected(connected) {
      Atomics.store(cells, CELL.connected, connected ? 1 : 0);
      if (!connected) Atomics.notify(cells, CELL.connected);
    },
    waitForDisconnect: (timeoutMs) => void Atomics.wait(cells, CELL.connected, 1, timeoutMs),
    undelivered: () => Atomics.load(cells, CELL.undelivered),
    addUndelivered: (delta) => void Atomics.add(cells, CELL.undelivered, delta),
    waiting: () => Atomics.load(cells, CELL.waiting),
    addWaiting: (delta) => void Atomics.add(cells, CELL.waiting, delta),
    addBeat: () => void Atomics.add(cells, CELL.beats, 1),
    beats: () => Atomics.load(cells, CELL.beats),
    registered: () => Atomics.load(cells, CELL.registered),
    setRegistered: (count) => void Atomics.store(cells, CELL.registered, count),
    setCrashReport(stage) {
      Atomics.store(cells, CELL.crash, CRASH.indexOf(stage) + 1);
      Atomics.notify(cells, CELL.crash);
    },
    waitForCrashReport(stage, timeoutMs) {
      const endMs = performance.now() + timeoutMs;
      for (;;) {
        const reached = Atomics.load(cells, CELL.crash);
        const leftMs = endMs - performance.now();
        if (reached > CRASH.indexOf(stage)) return true;
        if (leftMs <= 0) return false;
        Atomics.wait(cells, CELL.crash, reached, leftMs);
      }
    },
    reset(heard) {
      for (const [signal, count] of heard) counters.setSignalsHeard(signal, count);
      counters.setConnected(false);
      Atomics.store(cells, CELL.undelivered, 0);
      Atomics.store(cells, CELL.waiting, 0);
    },
  };
  return counters;
}
