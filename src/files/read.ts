import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { findPlace } from './local.js';

/** A regular file, read whole. */
export interface FileContent {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/**
 * A regular file on a local file system, if it has `maxBytes` at most. Undefined if it is anything else, absent or
 * unreadable. Opening does not wait: a FIFO is opened without blocking, and closed again.
 */
export function readFileBounded(path: string, maxBytes: number): FileContent | undefined {
  try {
    return findPlace(path).isLocal ? readAnyFile(path, maxBytes) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The same on any file system, so it may wait for one: only for a process of its own, never for the agent. `gmr ps`
 * reads through `/proc/PID/root`.
 */
export function readAnyFile(path: string, maxBytes: number): FileContent | undefined {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile() || stats.size > maxBytes) return undefined;
      return { bytes: readWhole(descriptor, stats.size, maxBytes), stats };
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** As `readFileBounded`, as text in UTF-8. */
export function readTextBounded(path: string, maxBytes: number): string | undefined {
  return readFileBounded(path, maxBytes)?.bytes.toString();
}

/** The stats of a local path; undefined if it does not exist or is not local. Never throws. */
export function readStats(path: string): Stats | undefined {
  try {
    return findPlace(path).isLocal ? statSync(path, { throwIfNoEntry: false }) : undefined;
  } catch {
    return undefined;
  }
}

/** A file may grow while it is read: bytes beyond `maxBytes` are left out. */
function readWhole(descriptor: number, expectedBytes: number, maxBytes: number): Buffer {
  let bytes = Buffer.allocUnsafe(Math.min(expectedBytes + 1, maxBytes));
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      if (length >= maxBytes) break;
      bytes = Buffer.concat([bytes], Math.min(2 * length + 4096, maxBytes));
    }
    const count = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
