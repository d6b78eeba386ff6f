import type { Call } from './calls.js';
import { readWord } from './memory.js';
import type { Reading } from './reading.js';
import { type Walked, walkStack } from './walk.js';

/** A thread's activity, by its isolate. */
export type Sample =
  /** It is in C++ that JavaScript has called; `fast`: straight from generated code, without an exit frame. */
  | { readonly kind: 'native' | 'fast-native'; readonly walked: Walked }
  /** No JavaScript is on its stack. */
  | { readonly kind: 'idle' }
  /** It runs JavaScript itself. */
  | { readonly kind: 'running' }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface SampleOptions {
  /** Where the stack ends that has this address; undefined if no stack has it. */
  stackEnd(address: number): number | undefined;
  /** A thread that reads itself moves: calls that this function makes are not compared. */
  readonly below?: string;
}

/** A thread may go on between two looks, and a collection may move the objects that they see. */
const MAX_ATTEMPTS = 5;
/** Slots of a frame are below its frame pointer. */
const FRAME_SLOTS_BYTES = 256;
const ENTRY_BYTES = 64;
const MAX_STACK_BYTES = 16 * 1024 * 1024;

/** Reads a stack twice, with nothing kept in between, and believes it if both say the same. */
export function sampleThread(reading: Reading, isolate: number, options: SampleOptions): Sample {
  const { memory } = reading;
  const { exitFrame, entryFrame } = reading.isolate;
  const exitAddress = isolate + exitFrame;
  const entryAddress = isolate + entryFrame;
  let reason = 'the thread did not stay for two looks';
  let partial: Sample | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && !memory.isSpent(); attempt += 1) {
    // The calling thread may be the one that is read: so each read that must agree with others is made by `read`, in this
    // very function. At another depth of calls its exit frame would be another one.
    const frame = toWord(memory.read(exitAddress, 8));
    const outermost = toWord(memory.read(entryAddress, 8));
    if (Number.isNaN(frame) || Number.isNaN(outermost))
      return { kind: 'unknown', reason: 'its isolate cannot be read' };
    if (outermost === 0) return { kind: 'idle' };
    if (frame === 0) {
      const fast = sampleFastCall(reading, isolate, outermost, options);
      if (fast || toWord(memory.read(exitAddress, 8)) === 0) return fast ?? { kind: 'running' };
      continue;
    }
    const end = options.stackEnd(frame);
    const start = frame - FRAME_SLOTS_BYTES;
    const length = Math.min(outermost + ENTRY_BYTES, end ?? 0) - start;
    if (!(outermost > frame && outermost < start + length && length <= MAX_STACK_BYTES)) continue;
    const bytes = memory.read(start, length);
    if (toWord(memory.read(exitAddress, 8)) !== frame || toWord(memory.read(entryAddress, 8)) !== outermost) continue;
    const first = walk(reading, start, bytes, frame, outermost);
    const again = memory.read(start, length);
    if (toWord(memory.read(exitAddress, 8)) !== frame) continue;
    const second = walk(reading, start, again, frame, outermost);
    if (!first || !second || !isSame(first, second, options.below)) continue;
    partial = { kind: 'native', walked: first };
    if (first.isComplete) return partial;
    reason = first.reason;
  }
  return partial ?? { kind: 'unknown', reason: memory.isSpent() ? 'it took too long' : reason };
}

function toWord(bytes: Buffer | undefined): number {
  return bytes?.length === 8 ? readWord(bytes, 0) : Number.NaN;
}

/** With nothing in mind from before. */
function walk(
  reading: Reading,
  start: number,
  bytes: Buffer | undefined,
  frame: number,
  outermost: number,
  pc = 0,
): Walked | undefined {
  reading.memory.refresh();
  reading.scripts.begin();
  reading.codes.begin();
  return bytes && walkStack(reading, { start, bytes }, frame, outermost, pc);
}

/** IsolateData (V8's src/execution/isolate-data.h) is at an isolate's start. */
const ISOLATE_DATA_BYTES = 0x400;

/**
 * A C function that generated code calls without an exit frame leaves the caller's frame and address in two words of the
 * isolate, side by side (`fast_c_call_caller_fp`, `_pc`), in an order that has changed.
 */
function sampleFastCall(
  reading: Reading,
  isolate: number,
  outermost: number,
  options: SampleOptions,
): Sample | undefined {
  const { memory } = reading;
  const data = memory.read(isolate, ISOLATE_DATA_BYTES);
  const end = options.stackEnd(outermost);
  if (!data || end === undefined) return undefined;
  const isFrame = (word: number) =>
    word % 8 === 0 && word < outermost && outermost - word <= MAX_STACK_BYTES && options.stackEnd(word) === end;
  for (let offset = 0; offset + 16 <= data.length; offset += 8) {
    const pair = [readWord(data, offset), readWord(data, offset + 8)] as const;
    const [frame, pc] = isFrame(pair[0]) ? pair : [pair[1], pair[0]];
    if (!isFrame(frame) || !(reading.isText(pc) || reading.codes.find(pc))) continue;
    const start = frame - FRAME_SLOTS_BYTES;
    const length = Math.min(outermost + ENTRY_BYTES, end) - start;
    const first = walk(reading, start, memory.read(start, length), frame, outermost, pc);
    if (!first?.isComplete) continue;
    const second = walk(reading, start, memory.read(start, length), frame, outermost, pc);
    const again = memory.read(isolate + offset, 16);
    const stayed = again !== undefined && data.compare(again, 0, 16, offset, offset + 16) === 0;
    return stayed && second && isSame(first, second, undefined) ? { kind: 'fast-native', walked: first } : undefined;
  }
  return undefined;
}

function isSame(one: Walked, other: Walked, below: string | undefined): boolean {
  return one.isComplete === other.isComplete && describe(one.calls, below) === describe(other.calls, below);
}

function describe(calls: readonly Call[], below: string | undefined): string {
  const from = below === undefined ? 0 : calls.findIndex(({ functionName }) => functionName === below) + 1;
  return calls
    .slice(from)
    .map((call) => `${call.functionName}\n${call.file}:${call.line}:${call.column} ${call.kind} ${call.inexact}`)
    .join('\n');
}
