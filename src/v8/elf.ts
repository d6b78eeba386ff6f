import type { Mapping } from './mappings.js';
import { isAddress, type Memory } from './memory.js';

/**
 * A program or library as the loader has mapped it, and the symbols that it exports: elf(5), and the GNU hash table
 * (`DT_GNU_HASH`) by which the loader itself looks them up, so that 90,000 symbols need not be read.
 */
export interface ElfImage {
  readonly inode: number;
  /** Where its code is, as the file says. */
  readonly text: readonly Range[];
  /** Its thread-local variables, if it has some. */
  readonly threadLocal?: LocalBlock;
  find(name: string): ElfSymbol | undefined;
}

/** Size and alignment in bytes. */
export interface LocalBlock {
  readonly bytes: number;
  readonly alignment: number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface ElfSymbol {
  /** Where it is in memory. For a thread-local symbol `value` is its offset in the block instead. */
  readonly address: number;
  readonly value: number;
  readonly size: number;
  readonly isThreadLocal: boolean;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_TLS = 7;
const PF_X = 1;
const STT_TLS = 6;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_GNU_HASH = 0x6ffffef5;
const SYMBOL_BYTES = 24;
const MAX_SEGMENTS = 64;
const MAX_DYNAMIC = 256;
/** Symbols in one bucket of the hash table: a handful, in every binary that was seen. */
const MAX_CHAIN = 256;

/**
 * Why it cannot be read, if it cannot.
 * @param machine of elf(5): e_machine
 */
export function openElf(
  memory: Memory,
  mappings: readonly Mapping[],
  inode: number,
  machine: number,
): ElfImage | string {
  const first = mappings.find((mapping) => mapping.inode === inode && mapping.offset === 0);
  const header = first && memory.bytes(first.start, 64);
  if (!first || !header) return 'its binary is not mapped';
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return 'its binary is not ELF64';
  if (header.readUInt16LE(18) !== machine) return 'its binary is for another machine';
  const count = Math.min(header.readUInt16LE(56), MAX_SEGMENTS);
  const size = header.readUInt16LE(54);
  const table = memory.bytes(first.start + Number(header.readBigUInt64LE(32)), count * size);
  if (!table || size < 56) return 'its program headers cannot be read';
  const segments = Array.from({ length: count }, (_, index) => readSegment(table, index * size));
  const loaded = segments.filter(({ type }) => type === PT_LOAD);
  const bias = first.start - (loaded.find(({ offset }) => offset === 0)?.address ?? 0);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  const tables = dynamic && readDynamic(memory, dynamic.address + bias, bias);
  if (!tables) return 'its symbols cannot be read (stripped?)';
  const local = segments.find(({ type }) => type === PT_TLS);
  return {
    inode,
    text: loaded
      .filter(({ flags }) => flags & PF_X)
      .map(({ address, bytes }) => ({ start: address + bias, end: address + bias + bytes })),
    ...(local ? { threadLocal: { bytes: local.bytes, alignment: local.alignment } } : {}),
    find: (name) => findSymbol(memory, tables, bias, name),
  };
}

interface Tables {
  readonly strings: number;
  readonly symbols: number;
  readonly buckets: number;
  readonly bucketCount: number;
  readonly chains: number;
  readonly firstHashed: number;
}

function readSegment(table: Buffer, at: number) {
  return {
    type: table.readUInt32LE(at),
    flags: table.readUInt32LE(at + 4),
    offset: Number(table.readBigUInt64LE(at + 8)),
    address: Number(table.readBigUInt64LE(at + 16)),
    bytes: Number(table.readBigUInt64LE(at + 40)),
    alignment: Number(table.readBigUInt64LE(at + 48)) || 1,
  };
}

function readDynamic(memory: Memory, address: number, bias: number): Tables | undefined {
  const values = new Map<number, number>();
  for (let index = 0; index < MAX_DYNAMIC; index += 1) {
    const tag = memory.word(address + index * 16);
    if (!(tag > 0)) break;
    values.set(tag, memory.word(address + index * 16 + 8));
  }
  // glibc's loader replaces these offsets by addresses where they stand.
  const locate = (tag: number) => {
    const value = values.get(tag) ?? Number.NaN;
    return value < bias ? value + bias : value;
  };
  const hash = locate(DT_GNU_HASH);
  const bucketCount = memory.uint32(hash);
  const buckets = hash + 16 + memory.uint32(hash + 8) * 8;
  const strings = locate(DT_STRTAB);
  const symbols = locate(DT_SYMTAB);
  if (!isAddress(strings) || !isAddress(symbols) || !isAddress(buckets) || !(bucketCount > 0)) return undefined;
  return {
    strings,
    symbols,
    buckets,
    bucketCount,
    chains: buckets + bucketCount * 4,
    firstHashed: memory.uint32(hash + 4),
  };
}

function findSymbol(memory: Memory, tables: Tables, bias: number, name: string): ElfSymbol | undefined {
  let hash = 5381;
  for (let index = 0; index < name.length; index += 1) hash = (Math.imul(hash, 33) + name.charCodeAt(index)) >>> 0;
  const first = memory.uint32(tables.buckets + (hash % tables.bucketCount) * 4);
  if (!(first > 0)) return undefined;
  for (let index = first; index < first + MAX_CHAIN; index += 1) {
    const hashed = memory.uint32(tables.chains + (index - tables.firstHashed) * 4);
    if (Number.isNaN(hashed)) return undefined;
    if ((hashed | 1) === (hash | 1)) {
      const at = tables.symbols + index * SYMBOL_BYTES;
      const found = memory.bytes(tables.strings + memory.uint32(at), name.length + 1);
      if (found?.[name.length] === 0 && found.toString('latin1', 0, name.length) === name) {
        const value = memory.word(at + 8);
        const info = memory.bytes(at + 4, 1)?.[0] ?? 0;
        return { address: value + bias, value, size: memory.word(at + 16), isThreadLocal: (info & 15) === STT_TLS };
      }
    }
    // The last of a chain has its lowest bit set.
    if (hashed & 1) return undefined;
  }
  return undefined;
}
