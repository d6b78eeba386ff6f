import type { ElfImage } from '../elf.js';
import type { Memory } from '../memory.js';

/**
 * The numbers that V8 exports for debuggers that look at dead processes (V8's tools/gen-postmortem-metadata.py): symbols
 * `v8dbg_<name>`, each an int of 32 bits. A name holds the C++ type of its field, and changes with it: so alternatives,
 * the oldest line first.
 */
export interface Metadata {
  /** @throws UnknownLayout if the binary has no such name. */
  need(...names: readonly string[]): number;
  find(...names: readonly string[]): number | undefined;
}

/** This V8 is not one whose objects are understood. */
export class UnknownLayout extends Error {}

export function readMetadata(memory: Memory, image: ElfImage): Metadata {
  const find = (...names: readonly string[]): number | undefined => {
    for (const name of names) {
      const symbol = image.find(`v8dbg_${name}`);
      const value = symbol === undefined ? Number.NaN : memory.uint32(symbol.address);
      if (!Number.isNaN(value)) return value | 0;
    }
    return undefined;
  };
  return {
    find,
    need(...names) {
      const value = find(...names);
      if (value === undefined) throw new UnknownLayout(`the binary does not tell v8dbg_${names[0]}`);
      return value;
    },
  };
}
