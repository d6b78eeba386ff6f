import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

export interface TextFile {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
  readonly text: string;
}

/** What no regular file on the way may do: block the agent, or become its terminal. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const BINARY_PROBE_BYTES = 8192;

/** A regular text file of at most `maxBytes`, whole; nothing for any other. Never throws, never waits on a FIFO. */
export function readTextFile(path: string, maxBytes: number): TextFile | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, FLAGS);
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const bytes = Buffer.allocUnsafe(stats.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, length);
      if (count === 0) break;
      length += count;
    }
    if (bytes.subarray(0, Math.min(length, BINARY_PROBE_BYTES)).includes(0)) return undefined;
    const text = bytes.toString('utf8', 0, length);
    // Node strips a byte order mark before V8 counts columns.
    return { path, mtimeMs: stats.mtimeMs, size: stats.size, text: text.startsWith('\uFEFF') ? text.slice(1) : text };
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
