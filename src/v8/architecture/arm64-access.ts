import type { Memory } from '../memory.js';

/** A value that is known while the code is followed: a number, or a distance from the thread pointer. */
interface Value {
  readonly isThread: boolean;
  readonly value: number;
}

type Registers = Map<number, Value>;

/** A call keeps no register below. */
const FIRST_KEPT_REGISTER = 19;
const PAGE_BYTES = 4096;
const RETURN = 0xd65f03c0;

/**
 * How far from the thread pointer (`tpidr_el0`) a function reads a thread-local variable. Each way in which compilers write it
 * ("ELF for the Arm 64-bit Architecture", thread local storage) is a few instructions that add up numbers and read a table; they are followed
 * in their order, and one that is not known makes its register unknown.
 */
export function readAccess(memory: Memory, code: Buffer, address: number): number | undefined {
  const registers: Registers = new Map();
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const word = code.readUInt32LE(at);
    const found = findAccess(registers, word);
    if (found !== undefined) return found;
    const target = word & 31;
    const value = compute(memory, registers, word, address + at);
    if (word === RETURN) registers.clear();
    else if (isCall(word)) forgetCalled(registers, value);
    else if (value) registers.set(target, value);
    else registers.delete(target);
  }
  return undefined;
}

/** `ldr xt, [xn, #imm]` or `ldr xt, [xn, xm]` from a distance that is known. */
function findAccess(registers: Registers, word: number): number | undefined {
  const base = registers.get((word >>> 5) & 31);
  if (isImmediateLoad(word)) return base?.isThread ? base.value + loadOffset(word) : undefined;
  if ((word & 0xffe0fc00) >>> 0 !== 0xf8606800) return undefined;
  const sum = add(base, registers.get((word >>> 16) & 31));
  return sum?.isThread ? sum.value : undefined;
}

function compute(memory: Memory, registers: Registers, word: number, address: number): Value | undefined {
  const source = registers.get((word >>> 5) & 31);
  // mrs xd, tpidr_el0
  if ((word & 0xffffffe0) >>> 0 === 0xd53bd040) return { isThread: true, value: 0 };
  // adrp xd, page
  if ((word & 0x9f000000) >>> 0 === 0x90000000) {
    const pages = (((word << 8) >> 13) << 2) | ((word >>> 29) & 3);
    return number((Math.floor(address / PAGE_BYTES) + pages) * PAGE_BYTES);
  }
  // add xd, xn, #imm, with or without a shift of 12 bits
  if ((word & 0xff800000) >>> 0 === 0x91000000) {
    return add(source, number(((word >>> 10) & 0xfff) * (word & 0x400000 ? PAGE_BYTES : 1)));
  }
  // add xd, xn, xm
  if ((word & 0xffe0fc00) >>> 0 === 0x8b000000) return add(source, registers.get((word >>> 16) & 31));
  if (isImmediateLoad(word)) return source && load(memory, source.value + loadOffset(word));
  // A descriptor (TLSDESC): the function in its first word makes of it the distance, which is its second word.
  const descriptor = registers.get(0);
  return isDescriptorCall(word) && descriptor && !descriptor.isThread ? load(memory, descriptor.value + 8) : undefined;
}

function isImmediateLoad(word: number): boolean {
  return (word & 0xffc00000) >>> 0 === 0xf9400000;
}

function loadOffset(word: number): number {
  return ((word >>> 10) & 0xfff) * 8;
}

/** bl, blr */
function isCall(word: number): boolean {
  return (word & 0xfc000000) >>> 0 === 0x94000000 || isDescriptorCall(word);
}

function isDescriptorCall(word: number): boolean {
  return (word & 0xfffffc1f) >>> 0 === 0xd63f0000;
}

function forgetCalled(registers: Registers, result: Value | undefined): void {
  for (const register of registers.keys()) if (register < FIRST_KEPT_REGISTER) registers.delete(register);
  if (result) registers.set(0, result);
}

function add(one: Value | undefined, other: Value | undefined): Value | undefined {
  if (!one || !other || (one.isThread && other.isThread)) return undefined;
  return { isThread: one.isThread || other.isThread, value: one.value + other.value };
}

function load(memory: Memory, address: number): Value | undefined {
  const value = memory.int64(address);
  return Number.isNaN(value) ? undefined : number(value);
}

function number(value: number): Value {
  return { isThread: false, value };
}
