import { isAddress, type Memory } from '../memory.js';
import type { Architecture, ThreadLayout } from './architecture.js';
import { readAccess } from './arm64-access.js';

/**
 * `struct pthread` where thread-local variables are above the thread pointer (glibc's nptl/descr.h, TLS_DTV_AT_TP): 24
 * words of padding, the links of a list of threads, the kernel's id.
 */
const LINKS = 192;
const ID = 208;

/** The thread pointer is right behind the struct, whose size differs from one glibc to the next. */
const MIN_STRUCT_BYTES = 0x400;
const MAX_STRUCT_BYTES = 0x1000;
const STRUCT_ALIGNMENT = 16;

/** What is at the thread pointer: `tcbhead_t` (glibc's sysdeps/aarch64/nptl/tls.h). */
const HEAD_BYTES = 16;
/** An entry of the `dtv` that its first word leads to. */
const ENTRY_BYTES = 16;
const MAX_MODULES = 4096;
const MAX_DISTANCE = 4096;

const threads: ThreadLayout = {
  findStructs(memory, content, address, ids) {
    const found: number[] = [];
    const bytes = Buffer.alloc(4);
    for (const id of ids) {
      bytes.writeUInt32LE(id);
      for (let at = content.indexOf(bytes, ID); at >= ID; at = content.indexOf(bytes, at + 1)) {
        const struct = address + at - ID;
        const links = struct + LINKS;
        if (struct % STRUCT_ALIGNMENT !== 0) continue;
        // The next one links back, and the one before links to this one.
        const isLinked = memory.word(memory.word(links) + 8) === links;
        if (isLinked && memory.word(memory.word(links + 8)) === links) found.push(struct);
      }
    }
    return found;
  },
  findId: (memory, struct, ownId) => (memory.uint32(struct + ID) === ownId ? ID : undefined),
  findPointer(memory, structs) {
    const fitting: number[] = [];
    for (let bytes = MIN_STRUCT_BYTES; bytes <= MAX_STRUCT_BYTES; bytes += STRUCT_ALIGNMENT) {
      const distances = new Set(structs.map((struct) => findFirstBlock(memory, struct + bytes)));
      if (distances.size === 1 && !distances.has(undefined)) fitting.push(bytes);
    }
    const [pointer, other] = fitting;
    return pointer === undefined || other !== undefined ? undefined : pointer;
  },
};

export const ARM64: Architecture = {
  machine: 183,
  threads,
  readVariableOffset: readAccess,
  // The program's own block is the first one, behind the head.
  placeVariable: (offset, { alignment }) => offset + Math.max(HEAD_BYTES, alignment),
};

/**
 * How far from a thread pointer the thread-local block of the first module is, which is the same for each thread: by the
 * thread's table of blocks (`dtv_t` in glibc's sysdeps/generic/dl-dtv.h), with its size in front of it. Undefined if `pointer` is no
 * thread pointer.
 */
function findFirstBlock(memory: Memory, pointer: number): number | undefined {
  const table = memory.word(pointer);
  if (!isAddress(table) || table % 8 !== 0) return undefined;
  const modules = memory.word(table - ENTRY_BYTES);
  const distance = memory.word(table + ENTRY_BYTES) - pointer;
  return modules > 0 && modules <= MAX_MODULES && distance >= HEAD_BYTES && distance <= MAX_DISTANCE
    ? distance
    : undefined;
}
