import type { MainAnswer, StackAnswer, WorkerAnswer } from '../agent/main-thread.js';
import type { FrameReader } from '../frames/frames.js';
import type { RawFrame } from '../frames/raw.js';
import { type HashedStack, stackHash } from '../frames/stack-hash.js';
import type { MainFacts } from '../protocol.js';
import type { ActiveSpan, Frame, KernelView, OsThread, Section, Thread, ThreadState, ThreadsData } from '../report.js';

/** What describes one thread. */
export type ThreadReading = Pick<ThreadSources, 'frames' | 'kernelOf'>;

/** Where main stood when it asked for the report itself. */
export interface AskedFrom {
  readonly frames: readonly RawFrame[];
  readonly note: string;
}

export interface ThreadSources {
  readonly main: MainAnswer;
  readonly workers: readonly WorkerAnswer[];
  readonly osThreads: readonly OsThread[];
  readonly kernelOf: (osId: number) => KernelView | undefined;
  readonly frames: FrameReader;
  readonly asked?: AskedFrom;
  /** The span that main's code runs in. */
  readonly span?: ActiveSpan;
  readonly agentOsId: number | undefined;
  readonly agentId: number;
}

/** Every thread that runs JavaScript, with its stack, and the process's other threads in short. */
export function collectThreads(sources: ThreadSources): ThreadsData {
  const workers = sources.workers.map((worker) => describeWorker(worker, sources));
  const main = describeMain(sources.main, sources, sources.asked);
  const threads = [sources.span ? { ...main, span: sources.span } : main, ...workers].sort((a, b) => a.id - b.id);
  const known = new Set(threads.map((thread) => thread.osId));
  // A worker that is silent cannot tell the kernel's id of its thread: where one alone is left, it is that.
  const left = sources.osThreads.filter(
    (thread) => !known.has(thread.id) && thread.id !== sources.agentOsId && isNodeThread(thread),
  );
  const silent = threads.filter((thread) => thread.osId === undefined);
  const [only, other] = left;
  if (silent.length === 1 && only && !other) {
    const index = threads.indexOf(silent[0] as Thread);
    threads[index] = withKernel(threads[index] as Thread, only.id, sources);
    known.add(only.id);
  }
  const osThreads = sources.osThreads
    .filter((thread) => !known.has(thread.id))
    .map((thread) =>
      thread.id === sources.agentOsId ? { ...thread, name: `${thread.name} (guru-meditation)` } : thread,
    );
  return { threads, osThreads };
}

/** What main was doing, in a word. */
export function stateOfMain(data: ThreadsData): ThreadState {
  return data.threads[0]?.state ?? 'did not answer';
}

/** Attributes that a fleet is searched and grouped by. */
export function threadFacts(
  data: ThreadsData,
  root: string,
  sources: Pick<ThreadSources, 'main' | 'asked'>,
): NonNullable<Section['facts']> {
  const main = data.threads.find(({ id }) => id === 0);
  const top = main?.frames.find((frame) => frame.origin === 'application') ?? main?.frames[0];
  return {
    'gmr.main.state': stateOfMain(data),
    ...(main && main.frames.length > 0
      ? { 'gmr.main.stack_hash': stackHash({ frames: main.frames, root, ...readStack(sources) }) }
      : {}),
    ...(main?.span ? spanFacts(main.span) : {}),
    ...(top
      ? {
          'code.function.name': top.function,
          'code.file.path': top.file,
          'code.line.number': top.line,
          'code.column.number': top.column,
        }
      : {}),
  };
}

function spanFacts({ traceId, spanId, name }: ActiveSpan): NonNullable<Section['facts']> {
  const ids = { 'gmr.main.trace_id': traceId, 'gmr.main.span_id': spanId };
  return name === undefined ? ids : { ...ids, 'gmr.main.span_name': name };
}

/** Main's stack as V8 told it, and how much of it stayed. */
function readStack({ main, asked }: Pick<ThreadSources, 'main' | 'asked'>): Pick<HashedStack, 'raw' | 'steady'> {
  if (asked) return { raw: asked.frames };
  if (main.kind === 'silent') return {};
  if (main.kind === 'stack') return { raw: main.stack.frames };
  return { raw: main.facts.frames, ...(main.steady === undefined ? {} : { steady: main.steady }) };
}

export function describeMain(main: MainAnswer, sources: ThreadReading, asked?: AskedFrom): Thread {
  const base = { id: 0, osId: process.pid, name: 'main' };
  if (asked) {
    return {
      ...base,
      state: 'running JavaScript',
      frames: sources.frames.read(asked.frames),
      note: asked.note,
    };
  }
  if (main.kind === 'silent') return describeSilent({ ...base, frames: [] }, main.why, sources);
  const stack = main.kind === 'facts' ? main.facts : main.stack;
  if (main.kind === 'facts' && !main.interrupted) {
    return {
      ...base,
      state: 'idle',
      frames: [],
      note: 'it answered from its event loop; what it did before is not known',
    };
  }
  if (isOwn(stack.frames)) return { ...base, state: 'idle', frames: [] };
  const note = main.kind === 'stack' ? main.why : tellPause(main.facts, sources);
  return { ...base, ...describeStack(stack, sources.frames), ...(note === undefined ? {} : { note }) };
}

const OWN = new URL('../main/', import.meta.url).href;

/** Main has just been woken by the signal, and is in our own listener to it: but for that it is idle. */
function isOwn(frames: readonly RawFrame[]): boolean {
  const called = frames.filter(({ file }) => !file.startsWith('node:'));
  return called.length > 0 && called.every(({ file }) => file.startsWith(OWN));
}

/** Fifty milliseconds in all, and only where the inspector listens and JavaScript runs. */
const MAX_LOOKS = 10;
const LOOK_MS = 5;

/** A debugger that has paused main has it sleep in the middle of its JavaScript, as nothing else does but Atomics.wait. */
function tellPause(
  { frames, inspectorAddress }: MainFacts,
  sources: Pick<ThreadReading, 'kernelOf'>,
): string | undefined {
  if (inspectorAddress === undefined || frames.length === 0) return undefined;
  // It may be on its way back to sleep: it has just answered.
  let looks = 0;
  while (sources.kernelOf(process.pid)?.state !== 'sleeping') {
    looks += 1;
    if (looks > MAX_LOOKS) return undefined;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
  return `it sleeps in the middle of its JavaScript: paused by a debugger (the inspector listens at ${inspectorAddress}), or in Atomics.wait`;
}

export function describeWorker(worker: WorkerAnswer, sources: ThreadReading): Thread {
  const base = { id: worker.id, name: worker.name };
  if (!worker.stack) return describeSilent({ ...base, frames: [] }, worker.why ?? 'did not answer', sources);
  const { osId } = worker.stack;
  return { ...base, ...(osId ? { osId } : {}), ...describeStack(worker.stack, sources.frames) };
}

function describeStack(
  stack: StackAnswer,
  reader: FrameReader,
): { state: ThreadState; frames: readonly Frame[]; note?: string } {
  const frames = reader.read(stack.frames);
  const note = stack.deeper ? { note: `only the innermost ${frames.length} calls are shown` } : {};
  return { state: frames.length === 0 ? 'idle' : 'running JavaScript', frames, ...note };
}

function describeSilent(thread: Omit<Thread, 'state'>, why: string, sources: ThreadReading): Thread {
  const silent: Thread = { ...thread, state: 'did not answer', note: why };
  return thread.osId === undefined ? silent : withKernel(silent, thread.osId, sources);
}

/** Whatever runs JavaScript answers, so a thread that the kernel shows alive and that is silent is in native code. */
function withKernel(thread: Thread, osId: number, sources: ThreadReading): Thread {
  const kernel = sources.kernelOf(osId);
  if (!kernel) return { ...thread, osId };
  const native = ['running', 'sleeping', 'disk sleep', 'idle'].includes(kernel.state);
  return { ...thread, osId, kernel, state: native ? 'in native code' : thread.state };
}

/** A thread that may run JavaScript: libuv's and V8's have names of their own, from Node 24 on. */
function isNodeThread(thread: OsThread): boolean {
  return thread.name === 'node' || thread.name === 'WorkerThread' || thread.name === 'MainThread';
}
