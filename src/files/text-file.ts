import { readFileBounded, readStats } from './read.js';

export interface TextFile {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
  readonly text: string;
}

const BINARY_PROBE_BYTES = 8192;

/** The file exists, and too little time is left to read one of its size. */
export class OutOfTime extends Error {}

/** Parsing included, on a slow machine; a map takes longest. */
const BYTES_PER_MS = 20_000;

/**
 * A regular text file on a local file system, of at most `maxBytes`, whole; undefined for any other. Does not wait.
 *
 * @throws OutOfTime if reading would end after `endMs` of `performance.now()`
 */
export function readTextFile(path: string, maxBytes: number, endMs = Number.POSITIVE_INFINITY): TextFile | undefined {
  if (Number.isFinite(endMs)) requireTime(path, maxBytes, endMs);
  const content = readFileBounded(path, maxBytes);
  if (content === undefined || content.bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) return undefined;
  const { mtimeMs, size } = content.stats;
  const text = content.bytes.toString();
  // Node strips a byte order mark before V8 counts columns.
  return { path, mtimeMs, size, text: text.startsWith('\uFEFF') ? text.slice(1) : text };
}

function requireTime(path: string, maxBytes: number, endMs: number): void {
  const stats = readStats(path);
  if (!stats?.isFile() || stats.size > maxBytes) return;
  if (performance.now() + stats.size / BYTES_PER_MS > endMs) throw new OutOfTime();
}
