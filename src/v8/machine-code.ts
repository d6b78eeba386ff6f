import { type Heap, isPointer, readField, typeOf, typeOfMap } from './heap.js';
import { readWord } from './memory.js';

/** A Code object (V8's src/objects/code.h) whose machine code V8 has generated at run time. */
export interface MachineCode {
  readonly pointer: number;
  /** Address of its first instruction. */
  readonly start: number;
  readonly size: number;
  readonly kind: 'baseline' | 'maglev' | 'turbofan' | 'other';
}

export interface MachineCodes {
  begin(): void;
  /** The code that returns to `pc`; undefined if that is V8's own, or not understood. */
  find(pc: number): MachineCode | undefined;
}

/** V8 places larger code on pages of its own; code of one function is far smaller. */
const MAX_DISTANCE_BYTES = 512 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * Finds the code around a return address: backwards to the InstructionStream that is in front of it, which points at its
 * Code, which must point back. This holds for code that a function has lost since, and for code entered in a loop.
 */
export function createMachineCodes(heap: Heap, isText: (address: number) => boolean): MachineCodes {
  const { memory, layout } = heap;
  const { code: fields, types } = layout;
  let found: MachineCode[] = [];
  let rejected = new Set<number>();
  /** The Map of every InstructionStream: in memory that no collection moves. */
  let streamMap = 0;

  const isStreamMap = (word: number): boolean => {
    if (streamMap !== 0) return word === streamMap;
    if (!isPointer(word) || rejected.has(word)) return false;
    if (typeOfMap(heap, word) === types.instructionStream) return true;
    rejected.add(word);
    return false;
  };
  const readStream = (stream: number): MachineCode | undefined => {
    const pointer = memory.word(stream + fields.streamCode);
    if (typeOf(heap, pointer) !== types.code) return undefined;
    const start = readField(heap, pointer, fields.start);
    const isOwn = start === stream + fields.streamStart && readField(heap, pointer, fields.stream) === stream + 1;
    if (!isOwn) return undefined;
    const flags = memory.uint32(pointer - 1 + fields.flags);
    const kind = KINDS[((flags & fields.kindMask) >>> fields.kindShift) - fields.kindBaseline] ?? 'other';
    return { pointer, start, size: memory.uint32(pointer - 1 + fields.size), kind };
  };

  return {
    begin() {
      found = [];
      rejected = new Set();
    },
    find(pc) {
      if (isText(pc)) return undefined;
      const known = found.find(({ start, size }) => pc > start && pc <= start + size);
      if (known) return known;
      const lowest = pc - MAX_DISTANCE_BYTES;
      for (let end = Math.floor(pc / 8) * 8; end > lowest; ) {
        const start = Math.floor((end - 1) / CHUNK_BYTES) * CHUNK_BYTES;
        const content = memory.read(start, end - start);
        if (content?.length !== end - start) return undefined;
        for (let offset = content.length - 8; offset >= 0; offset -= 8) {
          if (((content[offset] ?? 0) & 3) !== 1) continue;
          const word = readWord(content, offset);
          const code = isStreamMap(word) ? readStream(start + offset) : undefined;
          if (!code) continue;
          streamMap = word;
          // Streams are in the order of their addresses: only the first one backwards can be it.
          if (!(pc > code.start && pc <= code.start + code.size)) return undefined;
          found.push(code);
          return code;
        }
        end = start;
      }
      return undefined;
    },
  };
}

/** code-kind.h, from baseline on. */
const KINDS = ['baseline', 'maglev', 'turbofan'] as const;
