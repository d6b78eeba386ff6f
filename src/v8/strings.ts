import { type Heap, isString, readField, readSmi, typeOf } from './heap.js';

/** A run of characters as V8 keeps them. */
export interface Characters {
  /** Latin-1; else UTF-16. */
  readonly oneByte: boolean;
  readonly bytes: Buffer;
}

/** V8's longest string has 2^29 - 24 characters. */
const MAX_CHARACTERS = 2 ** 29;
const CHUNK_CHARACTERS = 64 * 1024;
/** Parts of a string that was put together, and strings behind strings; V8 flattens the source that it compiles, and names. */
const MAX_PARTS = 10_000;

/** The number of characters of a string; NaN if `pointer` is not a string. */
export function stringLength(heap: Heap, pointer: number): number {
  if (!isString(heap, typeOf(heap, pointer))) return Number.NaN;
  const length = heap.memory.uint32(pointer - 1 + heap.layout.strings.length);
  return length <= MAX_CHARACTERS ? length : Number.NaN;
}

/** A string's first characters; undefined if it is not a string, or cannot be read up to there. */
export function readString(heap: Heap, pointer: number, maxCharacters = 1024): string | undefined {
  return readSubstring(heap, pointer, 0, maxCharacters);
}

export function readSubstring(heap: Heap, pointer: number, from: number, count: number): string | undefined {
  const parts: string[] = [];
  for (const part of readCharacters(heap, pointer, from, count)) {
    if (part === undefined) return undefined;
    parts.push(toText(part));
  }
  return parts.join('');
}

function toText({ oneByte, bytes }: Characters): string {
  return bytes.toString(oneByte ? 'latin1' : 'utf16le');
}

/** The characters of a string of any kind, a chunk at a time; undefined once, at the end, where something cannot be read. */
export function* readCharacters(
  heap: Heap,
  pointer: number,
  from = 0,
  count: number = MAX_CHARACTERS,
): Generator<Characters | undefined> {
  const { memory } = heap;
  const { strings } = heap.layout;
  // Parts that are still to be read, the next one last.
  const pending = [{ pointer, from, count }];
  for (let parts = 0; ; parts += 1) {
    const next = pending.pop();
    if (!next) return;
    const type = typeOf(heap, next.pointer);
    const length = stringLength(heap, next.pointer);
    if (parts === MAX_PARTS || !(next.from >= 0) || Number.isNaN(length)) return yield undefined;
    const left = Math.min(next.count, length - next.from);
    if (left <= 0) continue;
    const oneByte = (type & strings.encodingMask) === strings.oneByte;
    const size = oneByte ? 1 : 2;
    const behind = (offset: number) => readField(heap, next.pointer, offset);
    const flat = (address: number) => readFlat(heap, address + next.from * size, left, oneByte);
    switch (type & strings.representationMask) {
      case strings.sequential: {
        const start = oneByte ? strings.oneByteCharacters : strings.twoByteCharacters;
        if (!(yield* flat(next.pointer - 1 + start))) return;
        break;
      }
      case strings.external:
        if (!(yield* flat(memory.word(next.pointer - 1 + strings.externalData)))) return;
        break;
      case strings.thin:
        pending.push({ pointer: behind(strings.thinActual), from: next.from, count: left });
        break;
      case strings.sliced: {
        const offset = readSmi(heap, next.pointer, strings.slicedOffset);
        pending.push({ pointer: behind(strings.slicedParent), from: next.from + offset, count: left });
        break;
      }
      case strings.cons: {
        const first = behind(strings.consFirst);
        const firstLength = stringLength(heap, first);
        const second = Math.max(0, next.from - firstLength);
        const inFirst = Math.min(left, Math.max(0, firstLength - next.from));
        if (Number.isNaN(firstLength)) return yield undefined;
        if (left > inFirst) pending.push({ pointer: behind(strings.consSecond), from: second, count: left - inFirst });
        if (inFirst > 0) pending.push({ pointer: first, from: next.from, count: inFirst });
        break;
      }
      default:
        return yield undefined;
    }
  }
}

/** Whether all could be read. */
function* readFlat(
  { memory }: Heap,
  address: number,
  count: number,
  oneByte: boolean,
): Generator<Characters | undefined, boolean> {
  const size = oneByte ? 1 : 2;
  for (let done = 0; done < count; done += CHUNK_CHARACTERS) {
    const bytes = memory.bytes(address + done * size, Math.min(CHUNK_CHARACTERS, count - done) * size);
    if (!bytes) {
      yield undefined;
      return false;
    }
    yield { oneByte, bytes };
  }
  return true;
}
