import { setTimeout as pause } from 'node:timers/promises';
import type { RunningTexts } from '../frames/running-texts.js';
import { readThreadState } from '../procfs/thread.js';
import type { RawFrame } from '../raw-frame.js';
import type { NativeLook, NativeStack, SuspendedLook } from '../sections/sources.js';
import { CpuWatch } from '../thread-clock.js';
import type { Census } from '../v8/census/census.js';
import type { Handles } from '../v8/handles/handles.js';
import { createMemoryReader, type MemoryReader } from '../v8/reader.js';
import type { WalkedThread } from '../v8/readings.js';
import { mapCensus, mapChain, mapHandles, type StackFrame } from '../v8/stack-frame.js';
import type { Outcome, Question } from './evaluation.js';
import { nativeTexts, toldTexts } from './texts.js';

export interface NativeStacks {
  look(osId: number): NativeLook;
  /** The texts that run in the frames that a thread tells itself, for one report. */
  openTexts(osId: number): RunningTexts;
  /** The functions of a thread that are suspended. */
  lookAtSuspended(osId: number, about: WalkedThread): SuspendedLook;
  /** The objects of a thread's heap, counted, or the reason why they are not. */
  takeCensus(osId: number): Census<RawFrame> | string;
  /** The timers and servers that keep a thread's event loop alive, or the reason why they are not known. */
  listHandles(osId: number): Handles<RawFrame> | string;
  /** The newest callbacks of a thread's `setImmediate`; none if they are not known. */
  listImmediates(osId: number): readonly RawFrame[];
  /** Whether a thread collects garbage at this moment. */
  isCollecting(osId: number): boolean;
  /** The kernel's ids of the threads that run JavaScript. */
  listThreads(): readonly number[];
}

/** Opens nothing until the first look. */
export function createNativeStacks(mode: () => 'auto' | 'off'): NativeStacks {
  let reader: { readonly mode: 'auto' | 'off'; readonly reads: MemoryReader } | undefined;
  const open = () => {
    const wanted = mode();
    if (reader?.mode !== wanted) reader = { mode: wanted, reads: createMemoryReader({ mode: wanted }) };
    return reader.reads;
  };
  return {
    look(osId) {
      const read = open().readStack(osId);
      if (read.kind === 'unknown') {
        const state = open().state();
        return { why: read.reason, ...(state.on ? {} : { isOff: true }) };
      }
      if (read.kind === 'idle') return { why: 'no JavaScript is on its stack' };
      if (read.kind === 'running') return { why: 'it runs JavaScript' };
      const { frames, deeper, callee, reason } = read;
      const raw = frames.map(toRawFrame);
      return {
        stack: {
          frames: raw,
          deeper,
          texts: nativeTexts(
            open(),
            frames,
            raw,
            toldTexts(() => open().openScripts(osId)),
          ),
          ...(callee === undefined ? {} : { callee }),
          ...(reason === undefined ? {} : { missing: reason }),
        },
      };
    },
    openTexts: (osId) => toldTexts(() => open().openScripts(osId)),
    lookAtSuspended(osId, about) {
      const read = open().readSuspended(osId, about);
      if (read.kind === 'unknown') return { why: read.reason };
      const places = read.places.map(({ frame, count }) => ({ frame: toSuspendedFrame(frame), count }));
      return { suspended: { ...read, places, chains: read.chains.map((chain) => mapChain(chain, toStart)) } };
    },
    takeCensus(osId) {
      const read = open().readCensus(osId);
      return read.kind === 'unknown' ? read.reason : mapCensus(read, toStart);
    },
    listHandles(osId) {
      const read = open().readHandles(osId);
      return read.kind === 'unknown' ? read.reason : mapHandles(read, toStart);
    },
    listImmediates(osId) {
      const read = open().readImmediates(osId);
      return read.kind === 'unknown' ? [] : read.callbacks.map(toStart);
    },
    isCollecting: (osId) => open().isCollecting(osId),
    listThreads: () => open().listThreads(),
  };
}

/** Milliseconds between two looks, and before the first one. */
const PAUSE_MS = 50;
/** Looks at the end of the deadline: one alone may meet V8 while it collects garbage, when no stack can be read. */
const LAST_LOOKS = 5;
const LAST_PAUSE_MS = 20;
/** Most collections of the young generation are over in less than four pauses. */
const COLLECTING_LOOKS = 5;
const COLLECTING_PAUSE_MS = 10;

export interface Awaited {
  readonly outcome: Outcome;
  /** Present if the thread has not answered. */
  readonly look?: NativeLook;
  /** It was found asleep in the same native call twice, and was not waited for any longer. */
  readonly isAsleep?: true;
}

/**
 * A thread's answer within the deadline, or its stack. A thread that sleeps in native code, in the same call at two
 * looks, waits for something outside of the process: its answer would come late anyway.
 */
export async function awaitOrLook(
  question: Question,
  osId: number,
  deadlineMs: number,
  natives: NativeStacks,
): Promise<Awaited> {
  const endMs = performance.now() + deadlineMs;
  let last: NativeStack | undefined;
  for (;;) {
    const leftMs = endMs - performance.now();
    const outcome = await question.within(Math.max(0, Math.min(leftMs, PAUSE_MS)));
    if (outcome.kind !== 'silent') return { outcome };
    if (leftMs <= PAUSE_MS) return lookLast(question, osId, natives);
    // A thread that collects garbage sleeps while others help it.
    if (!isAsleep(osId) || natives.isCollecting(osId)) continue;
    const look = natives.look(osId);
    const seen = 'stack' in look && isAsleep(osId) ? look.stack : undefined;
    if (seen && last && isSameCall(seen, last)) return { outcome, look, isAsleep: true };
    last = seen;
  }
}

async function lookLast(question: Question, osId: number, natives: NativeStacks): Promise<Awaited> {
  for (let left = LAST_LOOKS; ; left--) {
    const look = natives.look(osId);
    if ('stack' in look || look.isOff || left === 1) {
      const last = await addCollecting(look, osId, natives);
      const outcome = await question.within(0);
      return outcome.kind === 'silent' ? { outcome, look: last } : { outcome };
    }
    const outcome = await question.within(LAST_PAUSE_MS);
    if (outcome.kind !== 'silent') return { outcome };
  }
}

/** A look at a thread that says whether the thread is in one long collection of garbage. A look that shows a native call stays as it is. */
export async function addCollecting(look: NativeLook, osId: number, natives: NativeStacks): Promise<NativeLook> {
  if (isInCall(look) || !(await staysCollecting(osId, natives))) return look;
  const last = 'stack' in look ? look : natives.look(osId);
  return isInCall(last) ? last : { ...last, isCollecting: true };
}

async function staysCollecting(osId: number, natives: NativeStacks): Promise<boolean> {
  const cpu = new CpuWatch(osId);
  for (let looks = 1; natives.isCollecting(osId); looks += 1) {
    // Without a CPU a short collection takes as long.
    if (looks === COLLECTING_LOOKS) return !cpu.isStarved();
    await pause(COLLECTING_PAUSE_MS, undefined, { ref: false });
  }
  return false;
}

function isInCall(look: NativeLook): boolean {
  return 'stack' in look && look.stack.callee !== undefined;
}

function isAsleep(osId: number): boolean {
  const state = readThreadState(osId);
  return state === 'sleeping' || state === 'disk sleep';
}

function isSameCall(one: NativeStack, other: NativeStack): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** In the words of V8's own stacks, where a builtin has no place. */
function toRawFrame(frame: StackFrame): RawFrame {
  const { functionName, file, line, column, enclosingLine, enclosingColumn, inexact } = frame;
  return {
    function: functionName,
    file,
    // Of an inexact call only the function is known: no line is better than a wrong one.
    line: inexact ? 0 : line,
    column: inexact ? 0 : column,
    async: false,
    ...(enclosingLine > 0 ? { enclosingLine, enclosingColumn } : {}),
  };
}

/** The frame with the place where its function begins. */
function toStart(frame: StackFrame): RawFrame {
  const { enclosingLine: line, enclosingColumn: column } = frame;
  return { ...toRawFrame(frame), line, column, scriptId: frame.scriptId };
}

function toSuspendedFrame(frame: StackFrame): RawFrame {
  return { ...toRawFrame(frame), async: true, scriptId: frame.scriptId };
}
