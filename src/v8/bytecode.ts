import { type Heap, readByteArray, readField, readSmi } from './heap.js';
import { findPosition, type PositionEncoding, readVariable } from './source-positions.js';

/** Ignition's opcodes that widen the operands of the next one (V8's src/interpreter/bytecodes.h), with their row of sizes. */
const PREFIXES: readonly (readonly [opcode: number, row: number])[] = [
  [0, 1],
  [1, 2],
  [2, 1],
  [3, 2],
];

/** Bytes of each bytecode, prefix not counted: a row for each width of operands. */
export interface BytecodeSizes {
  readonly rows: Buffer;
  readonly count: number;
}

/** Where in its script an offset of a function's bytecode is; -1 if that is not known. */
export function findBytecodePosition(heap: Heap, encoding: PositionEncoding, bytecode: number, offset: number): number {
  const table = readByteArray(heap, readField(heap, bytecode, heap.layout.code.bytecodePositions));
  return (table && findPosition(table, encoding, offset)?.offset) ?? -1;
}

export function bytecodeLength(heap: Heap, bytecode: number): number {
  return readSmi(heap, bytecode, heap.layout.code.bytecodeLength);
}

/**
 * The bytecode that baseline code (Sparkplug: src/baseline/) runs before `codeOffset`: its table has the size of the machine
 * code of each bytecode in turn, that of the prologue first. -1 if that is not known.
 */
export function findBaselineOffset(
  heap: Heap,
  sizes: BytecodeSizes,
  table: Buffer,
  bytecode: number,
  codeOffset: number,
): number {
  const length = bytecodeLength(heap, bytecode);
  const code = length > 0 && length <= MAX_BYTECODES ? readBytecodes(heap, bytecode, length) : undefined;
  if (!code) return -1;
  const read = readVariable(table);
  let end = read.next();
  let offset = 0;
  if (end >= codeOffset) return 0;
  while (!read.ended() && offset < length) {
    end += read.next();
    if (end >= codeOffset) return offset;
    const size = sizeAt(code, offset, sizes);
    if (size === 0) return -1;
    offset += size;
  }
  return -1;
}

const MAX_BYTECODES = 4 * 1024 * 1024;

function readBytecodes(heap: Heap, bytecode: number, length: number): Buffer | undefined {
  return heap.memory.bytes(bytecode - 1 + heap.layout.code.bytecodeData, length);
}

function sizeAt(code: Buffer, offset: number, { rows, count }: BytecodeSizes): number {
  const opcode = code[offset] ?? 0;
  const prefix = PREFIXES.find(([prefixed]) => prefixed === opcode);
  if (!prefix) return rows[opcode] ?? 0;
  const next = rows[prefix[1] * count + (code[offset + 1] ?? 0)];
  return next ? next + 1 : 0;
}
