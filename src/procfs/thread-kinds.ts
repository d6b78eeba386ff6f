/** The threads of a Node process by purpose: from Node 24 on by their names, before by the order of their creation. */

import type { OsThread } from '../report.js';
import { parseMark } from './thread-name.js';

export type ThreadKind = 'main' | 'agent' | 'V8' | 'pool' | 'other';

export interface ThreadKindOptions {
  /** Of the main thread: the process's. */
  readonly pid: number;
  /** Threads that are known to run JavaScript. */
  readonly known: ReadonlySet<number>;
  /** Threads that run JavaScript, and whose kernel's id is not known. */
  readonly unknownCount: number;
  /** UV_THREADPOOL_SIZE. */
  readonly poolSize: number;
}

/** V8's four workers, the one with their timers, and the one that waits for SIGUSR1: Node makes them first. */
const FIRST_THREADS = 6;

/** `threads` in the order in which they were made, which is the kernel's. */
export function classifyThreads(
  threads: readonly OsThread[],
  options: ThreadKindOptions,
): ReadonlyMap<number, ThreadKind> {
  const kinds = new Map<number, ThreadKind>();
  const rest: OsThread[] = [];
  const named = threads.some(({ name }) => name === 'libuv-worker');
  for (const [index, thread] of threads.entries()) {
    const kind = thread.id === options.pid ? 'main' : kindOfName(thread.name);
    if (kind) kinds.set(thread.id, kind);
    else if (index <= FIRST_THREADS && isUnnamed(thread)) kinds.set(thread.id, 'V8');
    else if (!options.known.has(thread.id)) rest.push(thread);
  }
  const pool = named ? [] : findPool(rest, threads, options);
  for (const thread of rest) kinds.set(thread.id, pool.includes(thread) ? 'pool' : 'other');
  return kinds;
}

function isUnnamed({ name }: OsThread): boolean {
  return name === 'node';
}

function kindOfName(name: string): ThreadKind | undefined {
  if (parseMark(name)) return 'agent';
  if (name === 'libuv-worker') return 'pool';
  return /^(?:node-)?(?:V8Worker|DelayedTaskSche|SignalInspector)/.test(name) ? 'V8' : undefined;
}

/** All of the pool's threads are made at once, one after the other; a worker has used more CPU than any idle one of them. */
function findPool(
  rest: readonly OsThread[],
  threads: readonly OsThread[],
  { unknownCount, poolSize }: ThreadKindOptions,
): readonly OsThread[] {
  const unnamed = rest.filter(isUnnamed);
  if (unnamed.length < poolSize || unnamed.length < unknownCount) return [];
  const sequences = unnamed
    .map((_, from) => unnamed.slice(from, from + poolSize))
    .filter((some) => some.length === poolSize && isSequence(some, threads));
  const sumOf = (some: readonly OsThread[]) => some.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  return sequences.sort((a, b) => sumOf(a) - sumOf(b))[0] ?? [];
}

function isSequence(some: readonly OsThread[], threads: readonly OsThread[]): boolean {
  const first = some[0] ? threads.indexOf(some[0]) : -1;
  return some.every((thread, index) => threads[first + index] === thread);
}
