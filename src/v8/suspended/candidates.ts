import { closeSync, openSync, readSync } from 'node:fs';
import { type Mapping, readMappings } from '../mappings.js';

/** V8's heap is made of pages of 256 KiB, each with a header; from V8 13 on most of it is in a block of its own. */
export const PAGE_BYTES = 256 * 1024;

/** The start of the page that an address lies in. */
export function pageOf(address: number): number {
  return address - (address % PAGE_BYTES);
}

/** Part of a large mapping: a process may have 100 GB of buffers, and its heap among them. */
const WINDOW_BYTES = 64 * 1024 ** 2;
/** A window without any page is left out for so many milliseconds: the looks of one report come within them. */
const BARREN_MS = 5000;
/** Candidates between two looks at the clock. */
const STRIDE = 256;
/** proc_pid_pagemap(5): 64 bits for each page of memory, with these flags in the last byte: it is present, or swapped out. */
const ENTRY_BYTES = 8;
const TOUCHED = 0xc0;
/** On arm64 the kernel may have larger ones. */
const LEAST_MEMORY_PAGE_BYTES = 4096;
const MEMORY_PAGE_BYTES = process.arch === 'x64' ? LEAST_MEMORY_PAGE_BYTES : undefined;
/** One page of the page tables is for so many bytes. */
const LEAST_BYTES = 2 * 1024 ** 2;

/** By its start: until when a window is known to have no page. Of this process, which has one address space. */
const barren = new Map<number, number>();

/**
 * Calls `visit` with each address at which a page of the heap may begin, and with the end of its mapping, until `isPast`; `visit` says
 * whether a page begins there, of any isolate. Small mappings come first. Memory that was never touched is left out: to read
 * it would cost the process page tables.
 * @returns whether all were visited
 */
export function visitCandidates(visit: (address: number, end: number) => boolean, isPast: () => boolean): boolean {
  const mappings = readMappings()
    .filter(isAnonymous)
    .sort((one, other) => one.end - one.start - (other.end - other.start));
  const nowMs = performance.now();
  for (const [start, untilMs] of barren) if (untilMs < nowMs) barren.delete(start);
  const touched = new TouchedMemory();
  try {
    for (const { start, end } of mappings) {
      for (let from = roundUp(start, PAGE_BYTES); from < end; from = roundUp(from + 1, WINDOW_BYTES)) {
        const to = Math.min(end, roundUp(from + 1, WINDOW_BYTES));
        const isWindow = to - from === WINDOW_BYTES;
        if (isWindow && barren.has(from)) continue;
        const isTouched = touched.read(from, to);
        let pages = 0;
        for (let address = from, count = 1; address < to; address += PAGE_BYTES, count += 1) {
          if (count % STRIDE === 0 && isPast()) return false;
          if ((isTouched?.(address) ?? true) && visit(address, end)) pages += 1;
        }
        if (isPast()) return false;
        if (isWindow && pages === 0) barren.set(from, nowMs + BARREN_MS);
      }
    }
    return true;
  } finally {
    touched.close();
  }
}

function isAnonymous({ permissions, inode, name }: Mapping): boolean {
  return permissions.startsWith('rw-') && inode === 0 && (name === '' || name.startsWith('[anon'));
}

function roundUp(address: number, unit: number): number {
  return Math.ceil(address / unit) * unit;
}

/** Which pages of this process's memory have ever been used. */
class TouchedMemory {
  readonly #bytes = Buffer.allocUnsafeSlow((WINDOW_BYTES / LEAST_MEMORY_PAGE_BYTES) * ENTRY_BYTES);
  #descriptor: number | undefined;

  /** Of a window or less; undefined if the kernel does not say. The function that is returned holds until the next read. */
  read(from: number, to: number): ((address: number) => boolean) | undefined {
    if (MEMORY_PAGE_BYTES === undefined || to - from < LEAST_BYTES) return undefined;
    const bytes = this.#bytes.subarray(0, Math.floor((to - from) / MEMORY_PAGE_BYTES) * ENTRY_BYTES);
    try {
      this.#descriptor ??= openSync('/proc/self/pagemap', 'r');
      const count = readSync(this.#descriptor, bytes, 0, bytes.length, (from / MEMORY_PAGE_BYTES) * ENTRY_BYTES);
      if (count !== bytes.length) return undefined;
    } catch {
      return undefined;
    }
    return (address) => {
      const entry = ((address - from) / MEMORY_PAGE_BYTES) * ENTRY_BYTES;
      return ((bytes[entry + ENTRY_BYTES - 1] as number) & TOUCHED) !== 0;
    };
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
