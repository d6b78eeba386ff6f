import type { Armed } from './arm.js';
import { findMapping, readMappings } from './mappings.js';
import type { Memory } from './memory.js';
import { findThreads, readIsolate, type Threads } from './threads.js';

/** The process's threads as they come and go: looked for again where one is not known, or is not the one it was. */
export interface LiveThreads {
  /** Those that have an isolate of their own. */
  list(): readonly number[];
  /** The isolate of a thread; 0 if it has none. */
  isolateOf(threadId: number): number;
  /** Where the stack of a thread ends that has `address`. */
  stackEnd(threadId: number, address: number): number | undefined;
}

type Known = Pick<Armed, 'threads' | 'mappings' | 'text' | 'ownId' | 'isolateOffset' | 'architecture'>;

export function createLiveThreads(memory: Memory, known: Known): LiveThreads {
  const { text, ownId, isolateOffset, architecture } = known;
  let threads: Threads = known.threads;
  let mappings = known.mappings;
  const refresh = () => {
    mappings = readMappings();
    text.refresh(mappings);
  };
  const search = () => {
    // A new worker has mapped V8's builtins once more, too.
    refresh();
    const found = findThreads(memory, mappings, ownId, architecture.threads);
    if (typeof found !== 'string') threads = found;
  };
  return {
    list() {
      search();
      return listOwners([...threads.pointers.keys()], (id) => readIsolate(memory, threads, id, isolateOffset));
    },
    isolateOf(threadId) {
      const isolate = readIsolate(memory, threads, threadId, isolateOffset);
      if (isolate !== 0) return isolate;
      search();
      return readIsolate(memory, threads, threadId, isolateOffset);
    },
    stackEnd(threadId, address) {
      // Main's stack grows.
      if (!findMapping(mappings, address)) refresh();
      const mapping = findMapping(mappings, address);
      const pointer = threads.pointers.get(threadId) ?? 0;
      return mapping && pointer > address && pointer < mapping.end ? pointer : mapping?.end;
    },
  };
}

/**
 * One thread for each isolate. V8's own threads have the isolate of another one while they help it to collect garbage; they
 * start after main, and before any worker.
 */
export function listOwners(ids: readonly number[], isolateOf: (id: number) => number): readonly number[] {
  const owners = new Map<number, number>();
  for (const id of ids.toSorted((a, b) => a - b)) {
    const isolate = isolateOf(id);
    if (isolate !== 0 && owners.get(isolate) !== process.pid) owners.set(isolate, id);
  }
  return [...owners.values()];
}
