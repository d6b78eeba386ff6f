import { closeSync, openSync, readSync } from 'node:fs';
import type { V8Binary } from './binary.js';
import type { BytecodeSizes } from './bytecode.js';
import { type Mapping, readMappings } from './mappings.js';
import type { Memory } from './memory.js';

/** `Bytecodes::kBytecodeSizes`, which Node 20 and 22 export. */
const SYMBOL = '_ZN2v88internal11interpreter9Bytecodes14kBytecodeSizesE';
/** Wide, ExtraWide, the two for debuggers, DebugBreak0 to 6, DebugBreak's operands: as all lines begin. */
const START = Buffer.from([1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 2]);
const MIN_COUNT = 150;
const MAX_COUNT = 256;
const MAX_SIZE = 12;
const CHUNK_BYTES = 1024 * 1024;
const OVERLAP_BYTES = 3 * MAX_COUNT;
const MAX_SEARCHED_BYTES = 256 * 1024 * 1024;

/**
 * How long each bytecode is: exported, or searched for in the binary's constants by a law that only it obeys: operands of
 * four bytes add twice as much to a size as operands of two bytes. Undefined if it is not there.
 *
 * Cost of the search: 20 to 60 ms of CPU time, once; with the code, twice that.
 */
export function findBytecodeSizes(memory: Memory, binary: V8Binary): BytecodeSizes | undefined {
  const symbol = binary.image.find(SYMBOL);
  if (symbol && symbol.size > 0 && symbol.size % 3 === 0 && symbol.size <= 3 * MAX_COUNT) {
    const rows = memory.bytes(symbol.address, symbol.size);
    return rows && { rows, count: symbol.size / 3 };
  }
  const own = readMappings().filter(({ name }) => name === binary.name);
  // Where a linker has put constants and code into one segment, they are among the code.
  const constants = ['r--p', 'r-xp'].flatMap((kind) => own.filter(({ permissions }) => permissions === kind));
  // The program's file is read, not its mapping, so that the process keeps its size; a library's path may lead elsewhere.
  return binary.isProgram
    ? searchProgram(constants)
    : search(constants, (mapping, at, bytes) => memory.read(mapping.start + at, bytes));
}

function searchProgram(mappings: readonly Mapping[]): BytecodeSizes | undefined {
  let descriptor: number | undefined;
  try {
    const file = openSync('/proc/self/exe', 'r');
    descriptor = file;
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES + OVERLAP_BYTES);
    return search(mappings, ({ offset }, at, bytes) =>
      buffer.subarray(0, readSync(file, buffer, 0, bytes, offset + at)),
    );
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function search(
  mappings: readonly Mapping[],
  read: (mapping: Mapping, at: number, bytes: number) => Buffer | undefined,
): BytecodeSizes | undefined {
  for (const mapping of mappings) {
    const size = Math.min(mapping.end - mapping.start, MAX_SEARCHED_BYTES);
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      const content = read(mapping, at, Math.min(CHUNK_BYTES + OVERLAP_BYTES, size - at));
      const found = content && searchBytes(content);
      if (found) return found;
    }
  }
  return undefined;
}

function searchBytes(content: Buffer): BytecodeSizes | undefined {
  for (let at = content.indexOf(START); at >= 0 && at < CHUNK_BYTES; at = content.indexOf(START, at + 1)) {
    for (let count = MIN_COUNT; count <= MAX_COUNT && at + 3 * count <= content.length; count += 1) {
      if (obeysLaw(content, at, count)) return { rows: Buffer.from(content.subarray(at, at + 3 * count)), count };
    }
  }
  return undefined;
}

function obeysLaw(content: Buffer, at: number, count: number): boolean {
  for (let index = at; index < at + count; index += 1) {
    const single = content[index] ?? 0;
    const double = content[index + count] ?? 0;
    const quadruple = content[index + 2 * count] ?? 0;
    if (single < 1 || single > MAX_SIZE || double < single || quadruple - double !== 2 * (double - single))
      return false;
  }
  return true;
}
