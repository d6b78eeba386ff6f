import { type HashedStack, stackHash } from '../frames/stack-hash.js';
import { classifyThreads, type ThreadKind } from '../procfs/thread-kinds.js';
import type { ActiveSpan, Facts, OsThread, Thread, ThreadState, ThreadsData } from '../report.js';
import { tellPool } from './pool.js';
import { addKernel } from './silent.js';
import type { MainAnswer, WorkerAnswer } from './sources.js';
import { type AskedFrom, describeMain, describeWorker, type ThreadReading } from './thread.js';

export interface ThreadSources extends ThreadReading {
  readonly main: MainAnswer;
  readonly workers: readonly WorkerAnswer[];
  readonly osThreads: readonly OsThread[];
  /** The wait of a thread of libuv's pool. */
  readonly waitOf: (osId: number) => Pick<OsThread, 'wchan' | 'syscall'>;
  /** Threads of libuv's pool. */
  readonly poolSize: number;
  readonly asked?: AskedFrom;
  /** The span that main's code runs in. */
  readonly span?: ActiveSpan;
  readonly agentOsId: number | undefined;
  readonly agentId: number;
}

/** Every thread that runs JavaScript, with its stack, and the process's other threads in short. */
export function collectThreads(sources: ThreadSources): ThreadsData {
  const { osThreads, agentOsId } = sources;
  const workers = sources.workers.map((worker) => describeWorker(worker, sources));
  const main = describeMain(sources.main, sources, sources.asked);
  const described = [sources.span ? { ...main, span: sources.span } : main, ...workers].sort((a, b) => a.id - b.id);
  const kinds = classifyThreads(osThreads, {
    pid: process.pid,
    known: new Set(described.flatMap(({ osId }) => osId ?? [])),
    unknownCount: described.filter(({ osId }) => osId === undefined).length,
    poolSize: sources.poolSize,
  });
  const threads = findOsIds(described, osThreads, kinds, sources);
  const known = new Set(threads.map((thread) => thread.osId));
  const others = osThreads
    .filter((thread) => !known.has(thread.id))
    .map((thread) => {
      if (thread.id === agentOsId) return { ...thread, name: `${thread.name} (guru-meditation)` };
      if (kinds.get(thread.id) !== 'pool') return thread;
      return { ...thread, name: 'libuv-worker', ...sources.waitOf(thread.id) };
    });
  const pool = tellPool(others.filter(({ id }) => kinds.get(id) === 'pool'));
  return { threads, osThreads: others, ...(pool ? { pool } : {}) };
}

/**
 * Adds the kernel's ids of workers that cannot tell theirs. A worker's thread has its name from Node 24 on; and both Node's ids
 * and the kernel's list are in the order in which threads were made, so that equal numbers of them belong together.
 */
function findOsIds(
  threads: readonly Thread[],
  osThreads: readonly OsThread[],
  kinds: ReadonlyMap<number, ThreadKind>,
  sources: ThreadSources,
): readonly Thread[] {
  const ended = new Set(sources.workers.flatMap(({ id, hasEnded }) => (hasEnded ? id : [])));
  const silent = threads.filter(({ id, osId }) => osId === undefined && !ended.has(id));
  if (silent.length === 0) return threads;
  const known = new Set(threads.map(({ osId }) => osId));
  const left = osThreads.filter(({ id }) => kinds.get(id) === 'other' && !known.has(id) && id !== sources.agentOsId);
  const found = new Map<Thread, number>();
  for (const thread of silent) {
    const [only, other] = left.filter(
      ({ name }) => name === Buffer.from(thread.name).toString('utf8', 0, MAX_OS_NAME_BYTES),
    );
    if (only && !other) found.set(thread, only.id);
  }
  const taken = new Set(found.values());
  const unnamed = silent.filter((thread) => !found.has(thread));
  const rest = left.filter(({ id, name }) => !taken.has(id) && /^(?:node|node-.*|WorkerThread)$/.test(name));
  if (unnamed.length === rest.length) {
    for (const [index, thread] of unnamed.entries()) found.set(thread, rest[index]?.id ?? 0);
  }
  return threads.map((thread) => {
    const osId = found.get(thread);
    if (osId === undefined) return thread;
    const { stack, isHeard } = sources.workers.find(({ id }) => id === thread.id) ?? {};
    return stack ? { ...thread, osId } : addKernel(thread, osId, sources, isHeard);
  });
}

/** Bytes of a thread's name that the kernel keeps. */
const MAX_OS_NAME_BYTES = 15;

/** Main's state, in a word. */
export function stateOfMain(data: ThreadsData): ThreadState {
  return data.threads[0]?.state ?? 'did not answer';
}

/** Attributes that a fleet is searched and grouped by. */
export function threadFacts(data: ThreadsData, root: string, sources: Pick<ThreadSources, 'main' | 'asked'>): Facts {
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

function spanFacts({ traceId, spanId, name }: ActiveSpan): Facts {
  const ids = { 'gmr.main.trace_id': traceId, 'gmr.main.span_id': spanId };
  return name === undefined ? ids : { ...ids, 'gmr.main.span_name': name };
}

/** Main's stack as V8 told it, and how much of it stayed. */
function readStack({ main, asked }: Pick<ThreadSources, 'main' | 'asked'>): Pick<HashedStack, 'raw' | 'steady'> {
  if (asked) return { raw: asked.frames };
  if (main.kind === 'silent') return main.look && 'stack' in main.look ? { raw: main.look.stack.frames } : {};
  if (main.kind === 'stack') return { raw: main.stack.frames };
  return { raw: main.facts.frames, ...(main.steady === undefined ? {} : { steady: main.steady }) };
}
