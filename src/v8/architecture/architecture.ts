import type { LocalBlock } from '../elf.js';
import type { Memory } from '../memory.js';

/**
 * All that depends on the kind of processor: how a thread finds its own data. How V8 lays out its objects and frames
 * does not: the binary tells it of itself.
 */
export interface Architecture {
  /** elf(5): e_machine. */
  readonly machine: number;
  readonly threads: ThreadLayout;
  /**
   * How far from the thread pointer a thread-local variable is, by the machine code at `address` of a function that does
   * nothing but read it. Undefined if the code is not understood.
   */
  readVariableOffset(memory: Memory, code: Buffer, address: number): number | undefined;
  /** The same for a variable of the program's own block, by its offset in the block. */
  placeVariable(offset: number, block: LocalBlock): number;
}

/**
 * A thread's `struct pthread` (glibc's nptl/descr.h), and the thread pointer, from which its thread-local variables are
 * counted.
 */
export interface ThreadLayout {
  /** Addresses of the structs that begin in `content`, which is at `address`: of threads that have one of these ids. */
  findStructs(memory: Memory, content: Buffer, address: number, ids: ReadonlySet<number>): readonly number[];
  /** Where in the calling thread's own struct the kernel's id of the thread is; undefined if it is not its struct. */
  findId(memory: Memory, struct: number, ownId: number): number | undefined;
  /** How far behind a struct the thread pointer is; undefined unless one distance alone fits all of them. */
  findPointer(memory: Memory, structs: readonly number[]): number | undefined;
}
