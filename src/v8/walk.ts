import { type Call, describeWasm, readCallee, readCalls, type StackWord } from './calls.js';
import { readFunction } from './functions.js';
import { isContext, isFunction, isMoving, isPointer, typeOf } from './heap.js';
import type { FrameKind } from './layout/frames.js';
import { readWord } from './memory.js';
import type { Reading } from './reading.js';

/** A part of a thread's stack, as it was at one moment. */
export interface StackImage {
  readonly start: number;
  readonly bytes: Buffer;
}

export interface Walked {
  /** Innermost first. */
  readonly calls: readonly Call[];
  /** Whether the walk ended at the outermost call, and nothing on the way was unknown. */
  readonly isComplete: boolean;
  /** Why it ended before. */
  readonly reason: string;
  /** Whether calls were left out. */
  readonly isDeeper: boolean;
}

/** Read in full; calls beyond are only followed, to check that the chain ends at the thread's entry. */
const MAX_CALLS = 200;
/** V8's stack is about 1 MB, a frame at least 32 bytes. */
const MAX_FRAMES = 200_000;

/**
 * Walks from `frame`, by which a thread has left JavaScript, to `outermost`, by which it had entered it: each frame has the
 * next one's address (V8's src/execution/frames.cc). `pc`, where known, is the address in the code of `frame` itself.
 */
export function walkStack(reading: Reading, image: StackImage, frame: number, outermost: number, pc = 0): Walked {
  const walk = startWalk(image, frame, pc);
  for (let count = 0; count < MAX_FRAMES && walk.at !== outermost; count += 1) {
    const failed = step(reading, walk);
    if (failed !== undefined) return end(walk, failed);
  }
  if (walk.at !== outermost || kindOf(reading, walk.word, walk.at) !== 'entry')
    return end(walk, 'its end is not found');
  // Nothing is linked beyond the outermost one.
  if (walk.word(walk.at + reading.isolate.entryLink) !== 0) return end(walk, 'it goes on behind its end');
  return end(walk, walk.calls.some(({ isUnreadable }) => isUnreadable) ? 'a name cannot be read' : '');
}

interface Walk {
  readonly word: StackWord;
  readonly returnAddress: StackWord;
  readonly calls: Call[];
  isDeeper: boolean;
  at: number;
  pc: number;
}

function startWalk({ start, bytes }: StackImage, frame: number, pc: number): Walk {
  const word: StackWord = (address) => {
    const offset = address - start;
    return offset >= 0 && offset + 8 <= bytes.length ? readWord(bytes, offset) : Number.NaN;
  };
  // Without the upper bits, in which arm64 may have signed it (pointer authentication).
  const returnAddress: StackWord = (address) => {
    const offset = address - start;
    return offset >= 0 && offset + 8 <= bytes.length ? bytes.readUIntLE(offset, 6) : Number.NaN;
  };
  return { word, returnAddress, calls: [], isDeeper: false, at: frame, pc };
}

function end({ calls, isDeeper }: Walk, reason: string): Walked {
  return { calls, isDeeper, isComplete: reason === '', reason };
}

/** One frame outwards; the reason if that is not possible. */
function step(reading: Reading, walk: Walk): string | undefined {
  const { word, returnAddress, at } = walk;
  const marker = word(at + reading.layout.frames.contextOrType);
  if (isPointer(marker)) {
    const failed = readJavaScript(reading, walk, marker);
    return failed ?? goTo(walk, word(at), returnAddress(at + 8));
  }
  const kind = kindOf(reading, word, at);
  if (kind === undefined) return 'a frame is of an unknown type';
  if (kind === 'entry') return leaveEntry(reading, walk);
  const call = readNative(reading, walk, kind);
  if (call) add(walk, [call]);
  return goTo(walk, word(at), returnAddress(at + 8));
}

function readNative(reading: Reading, { word, at }: Walk, kind: FrameKind): Call | undefined {
  if (kind === 'builtin exit' || kind === 'api exit') return readCallee(reading, word, at, kind === 'builtin exit');
  return kind === 'wasm' ? describeWasm(at) : undefined;
}

function readJavaScript(reading: Reading, walk: Walk, context: number): string | undefined {
  const { word, at, pc } = walk;
  const pointer = word(at + reading.layout.frames.function);
  if (!isFunction(reading, pointer)) {
    // A builtin without JavaScript's linkage has a context and no function (TurbofanStubWithContext): not the program's.
    const isStub = isContext(reading, context) && pc > 0 && reading.isText(pc) && !isInterpreted(reading, walk);
    return isStub && !isMoving(reading, pointer) ? undefined : 'a frame has no function';
  }
  if (walk.calls.length >= MAX_CALLS) {
    walk.isDeeper = true;
    return undefined;
  }
  const called = readFunction(reading, pointer);
  if (!called) return 'a function cannot be read';
  // The function that WebAssembly exports: the frame of its code comes by itself.
  if (reading.scripts.read(called.script)?.name?.startsWith('wasm://')) return undefined;
  const calls = readCalls(reading, word, at, pc, called);
  if (!calls) return 'what was inlined cannot be read';
  const isConstructor = kindOf(reading, word, word(at)) === 'construct';
  add(walk, isConstructor ? markConstructor(calls) : calls);
  return undefined;
}

/** Whether a frame has the slots of one: a collection may be moving its function just now, and has left another word in its place. */
function isInterpreted(reading: Reading, { word, at }: Walk): boolean {
  const { frames, types } = reading.layout;
  return typeOf(reading, word(at + frames.bytecodeArray)) === types.bytecodeArray;
}

/** V8's words: `new Type`. The outermost call of a frame is the frame's own function. */
function markConstructor(calls: readonly Call[]): readonly Call[] {
  const own = calls.at(-1);
  return (own?.kind === 'js' || own?.kind === 'builtin') && !own.functionName.startsWith('new ')
    ? [...calls.slice(0, -1), { ...own, functionName: `new ${own.functionName || '<anonymous>'}` }]
    : calls;
}

/** C++ has called JavaScript: on to the exit frame that the C++ was called by. */
function leaveEntry(reading: Reading, walk: Walk): string | undefined {
  const link = walk.word(walk.at + reading.isolate.entryLink);
  if (!kindOf(reading, walk.word, link)?.endsWith(' exit')) return 'C++ was called by an unknown frame';
  return goTo(walk, link, 0);
}

function goTo(walk: Walk, frame: number, pc: number): string | undefined {
  if (!(frame > walk.at) || frame % 8 !== 0 || Number.isNaN(walk.word(frame))) return 'a frame has no next one';
  walk.at = frame;
  walk.pc = pc;
  return undefined;
}

function add(walk: Walk, calls: readonly Call[]): void {
  const room = MAX_CALLS - walk.calls.length;
  if (calls.length > room) walk.isDeeper = true;
  walk.calls.push(...calls.slice(0, room));
}

function kindOf({ layout }: Reading, word: StackWord, frame: number): FrameKind | undefined {
  const marker = word(frame + layout.frames.contextOrType);
  return marker % 2 === 0 ? layout.frames.kinds.get(marker / 2) : undefined;
}
