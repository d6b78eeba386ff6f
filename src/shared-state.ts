import { readClockMs } from './clock.js';

/**
 * Memory that the two threads share: signals heard by the agent, whether the agent holds main's inspector, whether the
 * process ends. It can be read while the other thread is busy.
 */
export interface SharedState {
  /** The agent heard this signal. @returns how often it has heard it */
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
  /** Reports that were made, and that no collector has accepted. */
  undelivered(): number;
  addUndelivered(delta: number): void;
  /** Of these, those that wait on disk. */
  waiting(): number;
  addWaiting(delta: number): void;
  /** Main's loop has turned. */
  addBeat(): void;
  /** How often main's loop has turned; 0 before the first time. */
  beats(): number;
  /** Main's event loop turns at this moment. */
  setTurned(): void;
  /** Milliseconds since main's loop was last seen to turn, to about 50 ms; undefined before the first time. */
  sinceTurnedMs(): number | undefined;
  /** By how many milliseconds the clock of main's timers lags behind the process's age; undefined before it is known. */
  timersLagMs(): number | undefined;
  setTimersLag(ms: number): void;
  /** How many sections and groups the program has registered. */
  registered(): number;
  setRegistered(count: number): void;
  /** The agent wants main to hold still. */
  wantHold(): void;
  /** Main holds still, if the agent wants it, until it is let go, for `timeoutMs` at most. */
  hold(state: Held, timeoutMs: number): void;
  /** Undefined if main does not hold still. */
  held(): Held | undefined;
  letGo(): void;
  setCrashReport(stage: CrashReport): void;
  /**
   * Blocks until the report of a crash has reached `stage`, for `timeoutMs` at most. @returns false after the time-out
   */
  waitForCrashReport(stage: CrashReport, timeoutMs: number): boolean;
  /** The kernel's id of the agent's thread; 0 before it is known. */
  agentThread(): number;
  setAgentThread(id: number): void;
  /**
   * Prepares for an agent that starts again: it has no session and no reports, and main has heard no fewer signals than
   * it. One that only main has heard stays unanswered, and the new agent answers it.
   */
  reset(heard: ReadonlyMap<string, number>): void;
}

/** `printed`: its text is printed; `ended`: a collector has answered, or the report waits in the spool. */
export type CrashReport = 'printed' | 'ended';

/** Whether code of the program is on main's stack. */
export type Held = 'idle' | 'running';

/** `begun`: exit listeners of the program still run; `last`: all of them have run. */
export type Exiting = 'no' | 'begun' | 'last';

const EXITING: readonly Exiting[] = ['no', 'begun', 'last'];
/** Signal numbers are cells of their own, below these. */
const CELL = {
  exiting: 64,
  connected: 65,
  undelivered: 66,
  waiting: 67,
  beats: 68,
  crash: 69,
  registered: 70,
  thread: 71,
  turned: 72,
  timersLag: 73,
  hold: 74,
};
/** Of `hold`: nobody wants it, the agent does, then each state of main. */
const HOLD = { none: 0, wanted: 1, idle: 2, running: 3 };
const CRASH: readonly CrashReport[] = ['printed', 'ended'];

export function createSharedState(): SharedArrayBuffer {
  return new SharedArrayBuffer((CELL.hold + 1) * Int32Array.BYTES_PER_ELEMENT);
}

export function openSharedState(buffer: SharedArrayBuffer): SharedState {
  const cells = new Int32Array(buffer);
  // Not imported: before the first signal main has no use for it.
  const cellOf = (signal: string) =>
    process.getBuiltinModule('node:os').constants.signals[signal as NodeJS.Signals] ?? 0;
  const shared: SharedState = {
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
    setTurned: () => void Atomics.store(cells, CELL.turned, readClock()),
    sinceTurnedMs() {
      const turned = Atomics.load(cells, CELL.turned);
      return turned === 0 ? undefined : (readClock() - turned) >>> 0;
    },
    timersLagMs() {
      const lag = Atomics.load(cells, CELL.timersLag);
      return lag === 0 ? undefined : lag;
    },
    setTimersLag: (ms) => void Atomics.store(cells, CELL.timersLag, Math.round(ms) || 1),
    registered: () => Atomics.load(cells, CELL.registered),
    setRegistered: (count) => void Atomics.store(cells, CELL.registered, count),
    wantHold: () => void Atomics.store(cells, CELL.hold, HOLD.wanted),
    hold(state, timeoutMs) {
      // The agent may have given up meanwhile.
      if (Atomics.compareExchange(cells, CELL.hold, HOLD.wanted, HOLD[state]) !== HOLD.wanted) return;
      if (state === 'idle') Atomics.wait(cells, CELL.hold, HOLD.idle, timeoutMs);
      else spin(() => Atomics.load(cells, CELL.hold) === HOLD.running, timeoutMs);
      // It may be wanted again.
      Atomics.compareExchange(cells, CELL.hold, HOLD[state], HOLD.none);
    },
    held() {
      const hold = Atomics.load(cells, CELL.hold);
      if (hold === HOLD.idle) return 'idle';
      return hold === HOLD.running ? 'running' : undefined;
    },
    letGo() {
      Atomics.store(cells, CELL.hold, HOLD.none);
      Atomics.notify(cells, CELL.hold);
    },
    setCrashReport(stage) {
      Atomics.store(cells, CELL.crash, CRASH.indexOf(stage) + 1);
      Atomics.notify(cells, CELL.crash);
    },
    waitForCrashReport(stage, timeoutMs) {
      const endMs = readClockMs() + timeoutMs;
      for (;;) {
        const reached = Atomics.load(cells, CELL.crash);
        const leftMs = endMs - readClockMs();
        if (reached > CRASH.indexOf(stage)) return true;
        if (leftMs <= 0) return false;
        Atomics.wait(cells, CELL.crash, reached, leftMs);
      }
    },
    agentThread: () => Atomics.load(cells, CELL.thread),
    setAgentThread: (id) => void Atomics.store(cells, CELL.thread, id),
    reset(heard) {
      for (const [signal, count] of heard) shared.setSignalsHeard(signal, Math.min(count, shared.signalsHeard(signal)));
      shared.setConnected(false);
      Atomics.store(cells, CELL.undelivered, 0);
      Atomics.store(cells, CELL.waiting, 0);
    },
  };
  return shared;
}

/**
 * A thread that is interrupted in its own `Atomics.wait` must not wait a second time: V8 has one place a thread for it, and the process
 * would end.
 */
function spin(isWanted: () => boolean, timeoutMs: number): void {
  const startMs = readClock();
  while (isWanted() && (readClock() - startMs) >>> 0 < timeoutMs);
}

/** Milliseconds of the machine's clock, which all threads share; never 0. It wraps after 49 days. */
function readClock(): number {
  return readClockMs() | 1;
}
