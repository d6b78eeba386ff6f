import { ownThreadId } from '../procfs/thread.js';
import type { Architecture } from './architecture/architecture.js';
import { ARCHITECTURES } from './architecture/known.js';
import { type BinaryText, createBinaryText, findV8Binary } from './binary.js';
import { findBytecodeSizes } from './bytecode-sizes.js';
import type { Heap } from './heap.js';
import { findIsolateLayout } from './isolate.js';
import { findIsolateOffset } from './isolate-offset.js';
import { type Layout, readLayout } from './layout/layout.js';
import { readMetadata, UnknownLayout } from './layout/metadata.js';
import { createMachineCodes } from './machine-code.js';
import { findMapping, type Mapping, readMappings } from './mappings.js';
import type { Budget, Memory } from './memory.js';
import type { Reading } from './reading.js';
import { findScriptList } from './script-list.js';
import { createScripts } from './scripts.js';
import { testReading } from './self-test.js';
import { POSITION_ENCODINGS } from './source-positions.js';
import { findThreads, readIsolate, type Threads } from './threads.js';

/** All that is known of this process's V8, proved on our own stack. */
export interface Armed {
  readonly reading: Reading;
  readonly text: BinaryText;
  readonly mappings: readonly Mapping[];
  readonly architecture: Architecture;
  readonly ownId: number;
  readonly isolateOffset: number;
  readonly threads: Threads;
}

export interface ArmOptions {
  /** Puts another layout in the place of the one that was found: a wrong one must not pass. */
  readonly adjust?: (layout: Layout) => Layout;
}

const BUDGET: Budget = { bytes: 256 * 1024 * 1024, ms: 3000 };
/** Of our own stack: its calls are a few dozen. */
const MAX_OWN_BYTES = 512 * 1024;
/** Our own collections may move the objects that a test looks at. */
const TRIES = 4;

/** Learns how this V8 lays out its objects, and tests it; the reason if it cannot be known. Never throws. */
export function arm(memory: Memory, { adjust = (layout) => layout }: ArmOptions = {}): Armed | string {
  memory.begin(BUDGET);
  try {
    return learn(memory, adjust);
  } catch (error) {
    return error instanceof UnknownLayout ? error.message : `it failed (${String(error).split('\n')[0]})`;
  }
}

function learn(memory: Memory, adjust: (layout: Layout) => Layout): Armed | string {
  const architecture = ARCHITECTURES.get(process.arch);
  if (!architecture) return `it knows ${[...ARCHITECTURES.keys()].join(' and ')} alone, and this is ${process.arch}`;
  const mappings = readMappings();
  if (mappings.length === 0) return '/proc/self/maps cannot be read';
  const ownId = ownThreadId();
  if (ownId === undefined) return 'the own thread is not known';
  const binary = findV8Binary(memory, mappings, architecture.machine);
  if (typeof binary === 'string') return binary;
  const layout = adjust(readLayout(readMetadata(memory, binary.image)));
  const isolateOffset = findIsolateOffset(memory, binary.image, architecture);
  if (isolateOffset === undefined) return "V8's current isolate is not found";
  const threads = findThreads(memory, mappings, ownId, architecture.threads);
  if (typeof threads === 'string') return threads;
  const isolate = readIsolate(memory, threads, ownId, isolateOffset);
  const end = threads.pointers.get(ownId);
  // A thread's own pointer is at the top of its stack.
  const stack = end === undefined ? undefined : findMapping(mappings, end);
  if (isolate === 0 || end === undefined || !stack) return 'the own isolate is not found';
  const start = Math.max(stack.start, end - MAX_OWN_BYTES);
  const found = retry(() => findIsolateLayout(memory, layout.frames, isolate, { start, end }));
  if (!found) return "an isolate's layout is not found";
  const text = createBinaryText(binary);
  text.refresh(mappings);
  const isText = text.has;
  const heap: Heap = { memory, layout };
  const common = {
    ...heap,
    isolate: found,
    isText,
    bytecodeSizes: once(() => findBytecodeSizes(memory, binary)),
    scriptList: once(() => findScriptList(heap, isolate)),
  };
  let reason = '';
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    for (const encoding of POSITION_ENCODINGS) {
      const codes = createMachineCodes(heap, isText);
      const counting = { ...common, encoding, codes, scripts: createScripts(heap, { countsLines: true }) };
      // A budget for each: the first may have searched the binary.
      memory.begin(BUDGET);
      const stackEnd = (address: number) => (address >= start && address < end ? end : undefined);
      const wrong = testReading(counting, isolate, stackEnd);
      if (wrong === '')
        return {
          reading: { ...counting, scripts: createScripts(heap) },
          text,
          mappings,
          architecture,
          ownId,
          isolateOffset,
          threads,
        };
      reason ||= wrong;
    }
  }
  return `its self-test failed: ${reason}`;
}

function retry<T>(find: () => T | undefined): T | undefined {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = find();
    if (found !== undefined) return found;
  }
  return undefined;
}

function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => {
    found ??= { value: find() };
    return found.value;
  };
}
