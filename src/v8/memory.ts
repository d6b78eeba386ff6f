import { openSync, readSync } from 'node:fs';
import { startDeadline } from './deadline.js';
import { type CachedPage, createPageCache, PAGE_BYTES } from './page-cache.js';

/**
 * This process's own memory, through /proc/self/mem (proc_pid_mem(5)). Reading cannot harm the process: the kernel copies, and it
 * refuses an address that is not mapped. Nothing here writes.
 *
 * A value that cannot be read is NaN, or undefined for bytes: every comparison with it is false, so that a check on it fails.
 */
export interface Memory {
  /** Forgets the pages of the last report, and starts a new budget. */
  begin(budget: Budget): void;
  /** The same, but for the bytes that are kept. */
  goOn(budget: Budget): void;
  /** Reads bytes at once. Until `begin` or `refresh` the reads through the cache see them as they are now. False if there is no room. */
  keep(address: number, length: number): boolean;
  /** Calls a function whose reads see nothing that is kept. */
  now<T>(read: () => T): T;
  /** Forgets the pages, and gives back their memory: the next reads see the process as it is then. */
  refresh(): void;
  /** Whether the budget is spent; every read fails from then on. */
  isSpent(): boolean;
  /** `length` bytes in one system call, past the cache; fewer at the end of a mapping. */
  read(address: number, length: number): Buffer | undefined;
  /** Fills `buffer`, past the cache, in one system call; returns how many bytes there were, 0 if none can be read. */
  readInto(buffer: Buffer, address: number): number;
  /** Fills `buffer` with bytes that are kept; false if they are not. */
  readKept(buffer: Buffer, address: number): boolean;
  /** `length` bytes, all or undefined. */
  bytes(address: number, length: number): Buffer | undefined;
  word(address: number): number;
  /** The same past the cache. */
  freshWord(address: number): number;
  int64(address: number): number;
  uint32(address: number): number;
  uint16(address: number): number;
}

export interface Budget {
  readonly bytes: number;
  /** Without the time in which the thread has no CPU. */
  readonly ms: number;
}

/** The span of user addresses on arm64, each an exact double. x86-64 has the lower half of it, and no memory in the upper one. */
const MIN_ADDRESS = 0x10000;
const MAX_ADDRESS = 0xffff_ffff_ffff;
/** Of an address, as a double: the operator takes its lower 32 bits, which is much quicker than the rest of a division. */
const OFFSET_MASK = PAGE_BYTES - 1;
const TWO_32 = 2 ** 32;
/** One system call holds the lock on the process's mappings for reading: it is kept short. */
const MAX_READ_BYTES = 256 * 1024;
/** Longer runs are not worth a place in the cache. */
const MAX_CACHED_BYTES = 4 * PAGE_BYTES;
/** As `fs.readSync`: throws, or gives fewer bytes, where nothing is mapped. */
export type ReadAt = (buffer: Buffer, offset: number, length: number, address: number) => number;

/** @throws an Error with a code if /proc/self/mem cannot be opened. */
export function openProcessMemory(): ReadAt {
  const descriptor = openSync('/proc/self/mem', 'r');
  return (buffer, offset, length, address) => readSync(descriptor, buffer, offset, length, address);
}

export function createMemory(readAt: ReadAt): Memory {
  const pages = createPageCache();
  let bytesLeft = 0;
  let isPast = () => true;

  const readOnce = (buffer: Buffer, offset: number, length: number, address: number): number => {
    // A read that fails throws: without a stack that is cheap.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return readAt(buffer, offset, length, address);
    } catch {
      return 0;
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
  const isSpent = () => bytesLeft <= 0 || isPast();
  const read = (address: number, length: number): Buffer | undefined => {
    if (!isAddress(address) || !(length > 0 && address + length <= MAX_ADDRESS) || length > bytesLeft) return undefined;
    if (isSpent()) return undefined;
    bytesLeft -= length;
    const buffer = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const count = readOnce(buffer, done, Math.min(length - done, MAX_READ_BYTES), address + done);
      if (count === 0) break;
      done += count;
    }
    return done === 0 ? undefined : buffer.subarray(0, done);
  };
  const readPages = (into: Buffer, number: number): number => {
    if (into.length > bytesLeft || isSpent()) return 0;
    bytesLeft -= into.length;
    return readOnce(into, 0, into.length, number * PAGE_BYTES);
  };
  const readPage = (into: Buffer, number: number): boolean => readPages(into, number) === PAGE_BYTES;
  const page = (number: number): CachedPage | undefined => pages.find(number, readPage);
  /** Where a value of `size` bytes stands in its page: a field of an object is aligned, and crosses none. */
  const find = (address: number, size: number): { bytes: Buffer; offset: number } | undefined => {
    if (!isAddress(address)) return undefined;
    const offset = address & OFFSET_MASK;
    const found = offset <= PAGE_BYTES - size ? page((address - offset) / PAGE_BYTES) : undefined;
    return found && { bytes: found.bytes, offset: found.start + offset };
  };
  const bytes = (address: number, length: number): Buffer | undefined => {
    if (length === 0) return Buffer.alloc(0);
    if (length > MAX_CACHED_BYTES) {
      const content = read(address, length);
      return content?.length === length ? content : undefined;
    }
    const out = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const at = find(address + done, 1);
      if (!at) return undefined;
      const end = at.offset - (at.offset & OFFSET_MASK) + PAGE_BYTES;
      done += at.bytes.copy(out, done, at.offset, Math.min(end, at.offset + length - done));
    }
    return out;
  };

  const start = (budget: Budget): void => {
    bytesLeft = budget.bytes;
    isPast = startDeadline(budget.ms);
  };
  return {
    begin(budget) {
      pages.clear();
      start(budget);
    },
    goOn(budget) {
      pages.clearOthers(true);
      start(budget);
    },
    keep(address, length) {
      const first = Math.floor(address / PAGE_BYTES);
      return pages.keep(first, Math.ceil((address + length) / PAGE_BYTES) - first, readPages);
    },
    now(read) {
      pages.clearOthers(false);
      try {
        return read();
      } finally {
        pages.clearOthers(true);
      }
    },
    readKept: pages.copyKept,
    refresh: pages.forget,
    isSpent,
    read,
    readInto(buffer, address) {
      const { length } = buffer;
      if (!isAddress(address) || length > bytesLeft || isSpent()) return 0;
      bytesLeft -= length;
      return readOnce(buffer, 0, length, address);
    },
    bytes,
    word(address) {
      // Most reads are these: without an object in between.
      if (!isAddress(address)) return Number.NaN;
      const offset = address & OFFSET_MASK;
      const found = page((address - offset) / PAGE_BYTES);
      if (!found || offset > PAGE_BYTES - 8) return Number.NaN;
      if ((offset & 3) !== 0) return readWord(found.bytes, found.start + offset);
      const index = (found.start + offset) >> 2;
      return (found.words[index] as number) + (found.words[index + 1] as number) * TWO_32;
    },
    freshWord(address) {
      const content = read(address, 8);
      return content?.length === 8 ? readWord(content, 0) : Number.NaN;
    },
    int64(address) {
      const at = find(address, 8);
      return at ? Number(at.bytes.readBigInt64LE(at.offset)) : Number.NaN;
    },
    uint32(address) {
      const at = find(address, 4);
      return at ? at.bytes.readUInt32LE(at.offset) : Number.NaN;
    },
    uint16(address) {
      const at = find(address, 2);
      return at ? at.bytes.readUInt16LE(at.offset) : Number.NaN;
    },
  };
}

/** A word of 64 bits as a double: exact for every address and every Smi. */
export function readWord(buffer: Buffer, offset: number): number {
  return buffer.readUInt32LE(offset) + buffer.readUInt32LE(offset + 4) * TWO_32;
}

export function isAddress(value: number): boolean {
  return value >= MIN_ADDRESS && value <= MAX_ADDRESS;
}
