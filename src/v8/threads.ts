import { listNumbers } from '../procfs/read.js';
import type { ThreadLayout } from './architecture/architecture.js';
import type { Mapping } from './mappings.js';
import type { Memory } from './memory.js';
import { createThreadStructs } from './thread-structs.js';

/** The threads of a process by their thread pointers: what belongs to a thread is a fixed distance from its own. */
export interface Threads {
  /** Thread pointer by the kernel's thread id. */
  readonly pointers: ReadonlyMap<number, number>;
  /** Where from a pointer the thread's id is. */
  readonly idOffset: number;
}

/** Finds the threads of this process. Returns the reason if they are not found. */
export function findThreads(
  memory: Memory,
  mappings: readonly Mapping[],
  ownId: number,
  layout: ThreadLayout,
): Threads | string {
  const ids = new Set(listNumbers('/proc/self/task') ?? []);
  const structs = createThreadStructs(memory, mappings, layout, ids);
  const findOwn = (candidates: Iterable<number>) => {
    for (const struct of candidates) {
      const idOffset = layout.findId(memory, struct, ownId);
      if (idOffset !== undefined) return { struct, idOffset };
    }
    return undefined;
  };
  const own = findOwn(structs.findAboveStack(ownId)) ?? findOwn(structs.findNearLibraries());
  if (!own) return 'thread control blocks are not found (musl?)';
  const { idOffset } = own;
  const found = new Map<number, number>();
  const add = (candidates: Iterable<number>) => {
    for (const struct of candidates) {
      const id = memory.uint32(struct + idOffset);
      if (ids.has(id) && !found.has(id)) found.set(id, struct);
    }
  };
  add([own.struct]);
  add(structs.findLinked(own.struct, idOffset));
  // Main's struct is in another list, with those of threads whose stack is a library's own.
  const main = found.get(process.pid) ?? findMain(memory, structs.findNearLibraries(), idOffset);
  if (main !== undefined) add([main]);
  if (main !== undefined) add(structs.findLinked(main, idOffset));
  const pointer = layout.findPointer(memory, [...found.values()]);
  if (pointer === undefined) return "threads' own variables are not found";
  return {
    pointers: new Map([...found].map(([id, struct]) => [id, struct + pointer])),
    idOffset: idOffset - pointer,
  };
}

function findMain(memory: Memory, candidates: Iterable<number>, idOffset: number): number | undefined {
  for (const struct of candidates) if (memory.uint32(struct + idOffset) === process.pid) return struct;
  return undefined;
}

/** The current isolate of a thread; 0 if it runs no JavaScript, or has ended. */
export function readIsolate(memory: Memory, threads: Threads, id: number, isolateOffset: number): number {
  const pointer = threads.pointers.get(id);
  if (pointer === undefined || memory.freshWord(pointer + threads.idOffset) % 2 ** 32 !== id) return 0;
  const isolate = memory.freshWord(pointer + isolateOffset);
  return isolate > 0 && isolate % 8 === 0 ? isolate : 0;
}
