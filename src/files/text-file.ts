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
 * @param isPast whether the time for it will be over in so many milliseconds
 * @throws OutOfTime if it would be over before the file is read
 */
export function readTextFile(
  path: string,
  maxBytes: number,
  isPast?: (aheadMs: number) => boolean,
): TextFile | undefined {
  if (isPast) requireTime(path, maxBytes, isPast);
  const content = readFileBounded(path, maxBytes);
  if (content === undefined || content.bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) return undefined;
  const { mtimeMs, size } = content.stats;
  const text = content.bytes.toString();
  // Node strips a byte order mark before V8 counts columns.
  return { path, mtimeMs, size, text: text.startsWith('\uFEFF') ? text.slice(1) : text };
}

function requireTime(path: string, maxBytes: number, isPast: (aheadMs: number) => boolean): void {
  const stats = readStats(path);
  if (!stats?.isFile() || stats.size > maxBytes) return;
  if (isPast(stats.size / BYTES_PER_MS)) throw new OutOfTime();
}
