import { type Memory, readWord } from '../memory.js';
import type { Architecture, ThreadLayout } from './architecture.js';

/** `tcbhead_t` (glibc's sysdeps/x86_64/nptl/tls.h), with which the struct begins: `tcb` and `self` are its own address. */
const SELF = 16;
const ALIGNMENT = 64;
/** The id is behind the head, whose size has changed. */
const MIN_ID = 0x200;
const MAX_ID = 0x400;

const threads: ThreadLayout = {
  findStructs(_, content, address) {
    const found: number[] = [];
    const start = Math.ceil(address / ALIGNMENT) * ALIGNMENT - address;
    for (let at = start; at + SELF + 8 <= content.length; at += ALIGNMENT) {
      const own = address + at;
      if (readWord(content, at) === own && readWord(content, at + SELF) === own) found.push(own);
    }
    return found;
  },
  findId(memory, struct, ownId) {
    for (let id = MIN_ID; id < MAX_ID; id += 4) if (memory.uint32(struct + id) === ownId) return id;
    return undefined;
  },
  findPointer: () => 0,
};

export const X64: Architecture = {
  machine: 62,
  threads,
  readVariableOffset: (memory, code, address) => readImmediate(code) ?? readIndirect(memory, code, address),
  // The program's own block ends where the thread pointer points.
  placeVariable: (offset, { bytes, alignment }) => offset - Math.ceil(bytes / alignment) * alignment,
};

/** `mov %fs:imm32,%reg` or `cmp %fs:imm32,%reg`. */
function readImmediate(code: Buffer): number | undefined {
  for (let at = 0; at + 9 <= code.length; at += 1) {
    const isAccess = code[at] === 0x64 && code[at + 1] === 0x48 && (code[at + 2] === 0x8b || code[at + 2] === 0x3b);
    const isAbsolute = ((code[at + 3] ?? 0) & 0xc7) === 0x04 && code[at + 4] === 0x25;
    if (isAccess && isAbsolute) return code.readInt32LE(at + 5);
  }
  return undefined;
}

/** `mov rel32(%rip),%rax`, the offset's place in a table, then `mov %fs:(%rax),%rax`. */
function readIndirect(memory: Memory, code: Buffer, address: number): number | undefined {
  const access = Buffer.from([0x64, 0x48, 0x8b, 0x00]);
  for (let at = 0; at + 7 <= code.length; at += 1) {
    if (code[at] !== 0x48 || code[at + 1] !== 0x8b || code[at + 2] !== 0x05) continue;
    if (code.indexOf(access, at + 7) < 0) continue;
    const offset = memory.int64(address + at + 7 + code.readInt32LE(at + 3));
    return Number.isNaN(offset) ? undefined : offset;
  }
  return undefined;
}
