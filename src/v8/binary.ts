import { readLink } from '../procfs/read.js';
import { type ElfImage, openElf } from './elf.js';
import type { Mapping } from './mappings.js';
import type { Memory } from './memory.js';

/** The mapped file that V8 is in: Node's program, or the library that a distribution has made of it. */
export interface V8Binary {
  readonly image: ElfImage;
  /** As /proc/self/maps names it. */
  readonly name: string;
  readonly isProgram: boolean;
}

/** Any of the names that V8 exports for debuggers; this one has been there since 2012. */
const KNOWN_NAME = 'v8dbg_SmiShiftSize';
const LIBRARY = /\/lib(?:node|v8)\.so[.\d]*$/;

/** Finds the file that holds V8. Returns the reason if it is not found. */
export function findV8Binary(memory: Memory, mappings: readonly Mapping[], machine: number): V8Binary | string {
  const program = readLink('/proc/self/exe');
  let reason = 'its binary has no name';
  // By the name and not by the file's inode: an overlay file system tells two.
  const names = [program, ...new Set(mappings.map(({ name }) => name).filter((name) => LIBRARY.test(name)))];
  for (const name of names) {
    const inode = mappings.find((mapping) => mapping.name === name && mapping.offset === 0)?.inode;
    if (name === undefined || inode === undefined) continue;
    const image = openElf(memory, mappings, inode, machine);
    if (typeof image === 'string') reason = image;
    else if (image.find(KNOWN_NAME)) return { image, name, isProgram: name === program };
    else reason = "its binary lacks V8's metadata (v8dbg_*; stripped, or built without it)";
  }
  return reason;
}

/** Where the binary's machine code is: V8 maps its builtins a second time, next to the code that it generates. */
export interface BinaryText {
  refresh(mappings: readonly Mapping[]): void;
  has(address: number): boolean;
}

export function createBinaryText({ image }: V8Binary): BinaryText {
  let ranges = image.text;
  return {
    refresh(mappings) {
      const mapped = mappings.filter(({ inode, permissions }) => inode === image.inode && permissions[2] === 'x');
      ranges = [...image.text, ...mapped];
    },
    has: (address) => ranges.some(({ start, end }) => address >= start && address < end),
  };
}
