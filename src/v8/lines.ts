import { type Heap, readElement, readLength, typeOf } from './heap.js';
import { type Characters, readCharacters } from './strings.js';

/** V8 makes the table of a script's line ends when it first needs it: FixedArray of Smis. */
const MAX_LINES = 5_000_000;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;

/** Offsets of the ends of a script's lines, as V8 has them. */
export function readLineEnds(heap: Heap, table: number): Int32Array | undefined {
  if (typeOf(heap, table) !== heap.layout.types.fixedArray) return undefined;
  const length = readLength(heap, table);
  if (!(length > 0 && length <= MAX_LINES)) return undefined;
  const start = table - 1 + heap.layout.arrays.elements;
  const bytes = heap.memory.bytes(start, length * 8);
  if (!bytes || Number.isNaN(readElement(heap, table, 0))) return undefined;
  // A Smi's value is the upper half of its word.
  return Int32Array.from({ length }, (_, index) => bytes.readInt32LE(index * 8 + 4));
}

/** The same counted in the script's text, as V8 counts (String::CalculateLineEnds). */
export function countLineEnds(heap: Heap, source: number): Int32Array | undefined {
  const ends: number[] = [];
  let offset = 0;
  let isReturn = false;
  for (const part of readCharacters(heap, source)) {
    if (part === undefined || ends.length > MAX_LINES) return undefined;
    const count = part.oneByte ? part.bytes.length : part.bytes.length / 2;
    if (part.oneByte && !isReturn && !part.bytes.includes(CARRIAGE_RETURN)) addFeeds(ends, part.bytes, offset);
    else isReturn = addEnds(ends, part, offset, isReturn);
    offset += count;
  }
  if (isReturn) ends.push(offset - 1);
  return Int32Array.from(ends);
}

/** The common case: line feeds alone. */
function addFeeds(ends: number[], bytes: Buffer, offset: number): void {
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) ends.push(offset + at);
}

/** Whether the last character is a carriage return, which ends a line unless a line feed comes next. */
function addEnds(ends: number[], { oneByte, bytes }: Characters, offset: number, isReturn: boolean): boolean {
  const size = oneByte ? 1 : 2;
  let before = isReturn;
  for (let at = 0; at < bytes.length; at += size) {
    const character = oneByte ? (bytes[at] ?? 0) : bytes.readUInt16LE(at);
    const here = offset + at / size;
    if (before && character !== LINE_FEED) ends.push(here - 1);
    before = character === CARRIAGE_RETURN;
    if (character === LINE_FEED || character === LINE_SEPARATOR || character === PARAGRAPH_SEPARATOR) ends.push(here);
  }
  return before;
}

/** How many ends are before `position`: the line, from 0. */
export function findLine(ends: Int32Array, position: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) >= position) high = middle;
    else low = middle + 1;
  }
  return low;
}
