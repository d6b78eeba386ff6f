import { readText } from '../procfs/read.js';
import type { ThreadLayout } from './architecture/architecture.js';
import type { Range } from './elf.js';
import { findMapping, type Mapping } from './mappings.js';
import type { Memory } from './memory.js';

/** Where structs of threads are looked for: the heap, which may be a hundred times as large, is not read. */
export interface ThreadStructs {
  /** At the upper end of the stack of a thread that the kernel tells a stack pointer of. */
  findAboveStack(threadId: number): Iterable<number>;
  /** In the mappings of libraries, and then farther and farther away from them. */
  findNearLibraries(): Iterable<number>;
  /** Those that are in a list with `struct`: glibc keeps all threads that it has made a stack for in one. */
  findLinked(struct: number, idOffset: number): Iterable<number>;
}

/** The beginning of a `struct pthread`, with all that tells it. */
const STRUCT_BYTES = 1024;
/** In it, the links of the list are in front of the id. */
const LINKS_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
/** A stack may be merged with what is mapped above it. */
const MAX_STACK_BYTES = 8 * 1024 * 1024;
/** A mapping that is larger is looked at where it begins and ends. */
const SMALL_BYTES = 16 * 1024 * 1024;

export function createThreadStructs(
  memory: Memory,
  mappings: readonly Mapping[],
  layout: ThreadLayout,
  ids: ReadonlySet<number>,
): ThreadStructs {
  function* scan({ start, end }: Range): Iterable<number> {
    for (let chunk = start; chunk < end; chunk += CHUNK_BYTES) {
      const content = memory.read(chunk, Math.min(CHUNK_BYTES + STRUCT_BYTES, end - chunk));
      if (content) yield* layout.findStructs(memory, content, chunk, ids);
    }
  }
  return {
    *findAboveStack(threadId) {
      const pointer = readStackPointer(threadId);
      const mapping = pointer === undefined ? undefined : findMapping(mappings, pointer);
      if (pointer === undefined || !mapping) return;
      yield* scan({ start: pointer, end: Math.min(mapping.end, pointer + MAX_STACK_BYTES) });
    },
    *findNearLibraries() {
      for (const { start, end } of sortByNearness(mappings)) {
        if (end - start <= SMALL_BYTES) yield* scan({ start, end });
        else {
          yield* scan({ start: end - CHUNK_BYTES, end });
          yield* scan({ start, end: start + CHUNK_BYTES });
        }
      }
    },
    *findLinked(struct, idOffset) {
      const first = struct + idOffset - LINKS_BYTES;
      let links = memory.word(first);
      // The head of the list is one more, and no struct.
      for (let count = 0; links !== first && count <= ids.size; count += 1) {
        const linked = links + LINKS_BYTES - idOffset;
        const content = memory.bytes(linked, STRUCT_BYTES);
        if (content && layout.findStructs(memory, content, linked, ids).includes(linked)) yield linked;
        links = memory.word(links);
      }
    },
  };
}

/** Where a thread is, by proc_pid_syscall(5); only a thread that sleeps, or asks for itself, has a stack pointer. */
function readStackPointer(id: number): number | undefined {
  const words = (readText(`/proc/self/task/${id}/syscall`) ?? '').trim().split(' ');
  // `running`; `-1 sp pc`; number, six arguments, sp, pc.
  const word = words[0] === '-1' ? words[1] : words[7];
  const pointer = Number.parseInt(word ?? '', 16);
  return Number.isNaN(pointer) ? undefined : pointer;
}

/** The loader maps main's struct beside the libraries; V8 maps its heap anywhere. */
function sortByNearness(mappings: readonly Mapping[]): readonly Mapping[] {
  const libraries = mappings.filter(({ name }) => /\.so(?:\.[\d.]+)?$/.test(name));
  const lowest = Math.min(...libraries.map(({ start }) => start));
  const highest = Math.max(...libraries.map(({ end }) => end));
  const distance = ({ start, end }: Mapping) => Math.max(0, lowest - end, start - highest);
  return mappings
    .filter(({ name, permissions }) => permissions.startsWith('rw') && (name === '' || name.startsWith('[anon')))
    .toSorted((one, other) => distance(one) - distance(other));
}
