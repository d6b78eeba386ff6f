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

/** There is a file, and no time left to read one of its size. */
export class OutOfTime extends Error {}

/** Parsing included, on a slow machine; a map takes longest. */
const BYTES_PER_MS = 20_000;

/**
 * A regular text file of at most `maxBytes`, whole; nothing for any other. Never waits on a FIFO.
 *
 * @throws OutOfTime where it would not be done by `endMs` of `performance.now()`.
 */
export function readTextFile(path: string, maxBytes: number, endMs = Number.POSITIVE_INFINITY): TextFile | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, FLAGS);
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    if (performance.now() + stats.size / BYTES_PER_MS > endMs) throw new OutOfTime();
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
  } catch (error) {
    if (error instanceof OutOfTime) throw error;
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
