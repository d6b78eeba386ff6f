import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createMemoryReader } from '../../src/v8/reader.js';
import type { StackReading } from '../../src/v8/readings.js';
import type { StackFrame } from '../../src/v8/stack-frame.js';

/** One call, in V8's own words. */
export interface TrueCall {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Line and column at which its function starts. */
  readonly enclosing: string;
  readonly isConstructor: boolean;
}
export type Truth = readonly TrueCall[];

/** Main's message before it stops. */
export type Told = { readonly truth: Truth; readonly shapes: readonly string[] } | { readonly isLast: true };

export interface Observed {
  readonly node: string;
  readonly state: unknown;
  stacks: number;
  frames: number;
  /** Frames whose function, file, line, column and start are the true ones. */
  right: number;
  /** Stacks that are not told, or not whole. */
  readonly missed: string[];
  /** Stacks of calls that compute, which were over before they were looked at. */
  readonly over: string[];
  readonly wrong: string[];
  /** Frames whose function has a name that it was given when it ran, which is not read. */
  nameless: number;
  readonly ms: number[];
}

const NAMELESS = 'nameless';
/** Those that compute end by themselves; the others wait until they are let go. */
const ATTEMPTS = 400;
const MAX_ATTEMPTS = 20_000;
const PAUSE_MS = 1;
const MAX_OPENS = 20_000;
/** The text of a call is cut there. */
const MAX_CALLS = 200;

export function observe(fifo: string): void {
  const reader = createMemoryReader({ mode: 'auto' });
  const { flag } = workerData as { flag: Int32Array };
  const seen: Observed = {
    node: process.version,
    state: reader.state(),
    stacks: 0,
    frames: 0,
    right: 0,
    missed: [],
    over: [],
    wrong: [],
    nameless: 0,
    ms: [],
  };
  parentPort?.on('message', (told: Told) => {
    if ('isLast' in told) {
      writeSync(1, `${JSON.stringify(seen)}\n`);
      process.kill(process.pid, 'SIGKILL');
      return;
    }
    const holder = told.truth[0]?.name ?? '';
    const attempts = COMPUTES.has(told.shapes[0] ?? '') ? ATTEMPTS : MAX_ATTEMPTS;
    const read = readUntilHeld(() => reader.readStack(process.pid), holder, attempts);
    judge(read, told, seen);
    letGo(told.shapes[0], fifo, flag);
  });
  parentPort?.postMessage('ready');
}

/** Main is on its way to the native call when it has told its stack. */
function readUntilHeld(read: () => StackReading, holder: string, attempts: number): StackReading {
  let last = read();
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const isHeld = 'frames' in last && last.complete && hasFunction(last, holder);
    // While it still tells, it is in the call by which it does that.
    if (
      isHeld &&
      'frames' in last &&
      !last.frames.some(({ functionName }) => functionName === 'postMessage' || functionName === 'capture')
    )
      break;
    pause();
    last = read();
  }
  return last;
}

/** They end by themselves: an observer that had no CPU meanwhile finds main in another call. */
const COMPUTES = new Set(['json', 'pbkdf2', 'gzip']);

function hasFunction(read: Extract<StackReading, { frames: unknown }>, name: string): boolean {
  return read.frames.some(({ functionName }) => functionName === name);
}

function judge(read: StackReading, { truth, shapes }: Exclude<Told, { isLast: true }>, seen: Observed): void {
  seen.stacks += 1;
  if (COMPUTES.has(shapes[0] ?? '') && !('frames' in read && hasFunction(read, truth[0]?.name ?? ''))) {
    seen.over.push(shapes.join(' '));
    return;
  }
  if (!('frames' in read) || !read.complete) {
    seen.missed.push(`${shapes.join(' ')}: ${read.kind} ${'reason' in read ? read.reason : ''}`);
    return;
  }
  seen.ms.push(read.ms);
  const start = read.frames.findIndex(({ functionName }) => functionName === truth[0]?.name);
  const frames = read.frames.slice(Math.max(start, 0));
  const expected = read.deeper ? truth.slice(0, MAX_CALLS - start) : truth;
  // Optimised code does not tell of V8's own functions that were inlined.
  let left = 0;
  const wrong = expected.flatMap((call, index) => {
    const frame = frames[index - left];
    if (call.file === '' && call.line === 0 && frame?.kind !== 'builtin') {
      left += 1;
      return [];
    }
    seen.frames += 1;
    const difference = compare(call, frame, index === 0);
    if (difference === '') seen.right += 1;
    if (difference === NAMELESS) seen.nameless += 1;
    return difference === '' || difference === NAMELESS ? [] : [`${index} ${difference}`];
  });
  const more = frames.length - (expected.length - left);
  if (more > 0) wrong.push(`${more} calls too many`);
  if (wrong.length > 0) seen.wrong.push(`${shapes.join(' ')}: ${wrong.slice(0, 4).join('; ')}`);
}

function compare(call: TrueCall, frame: StackFrame | undefined, isInnermost: boolean): string {
  if (!frame) return `${call.name} is missing`;
  const told = `${call.name} ${call.file}:${call.line}:${call.column} read as ${frame.functionName} ${frame.file}:${frame.line}:${frame.column}${frame.inexact ? ' (inexact)' : ''}`;
  if (call.file.startsWith('wasm:')) return frame.kind === 'wasm' ? '' : told;
  const name = frame.functionName.replace(/^new /, '');
  const isNameless = name === '' && call.name !== '';
  if (name !== call.name && !isNameless) return told;
  // Nor whether a function that was inlined was called by `new`.
  // V8 14 forgets it of some classes that optimised code constructs; a class cannot be called in another way.
  if (frame.functionName.startsWith('new ') && !call.isConstructor && !/^[BC]f\d/.test(call.name)) return told;
  if (call.file !== frame.file || call.line !== frame.line) return told;
  // The innermost one tells its stack beside the native call.
  if (!isInnermost && call.column !== frame.column) return told;
  if (call.line > 0 && call.enclosing !== `${frame.enclosingLine}:${frame.enclosingColumn}`)
    return `${told}, start ${call.enclosing} as ${frame.enclosingLine}:${frame.enclosingColumn}`;
  return isNameless ? NAMELESS : '';
}

/** Ends each kind of wait; a call that computes ends by itself. */
function letGo(kind: string | undefined, fifo: string, flag: Int32Array): void {
  if (kind === 'atomics') Atomics.notify(flag, 0);
  for (let attempt = 0; (kind === 'fifo' || kind === 'exec') && attempt < MAX_OPENS; attempt += 1) {
    try {
      // Fails until somebody reads: a child may have to start.
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
      return;
    } catch {
      pause();
    }
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
