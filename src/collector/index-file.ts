import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { APPEND, isTorn } from './data-files.js';
import { readLines, readPlace } from './lines.js';
import { isObject } from './otlp.js';
import { BACKGROUND_MS, createSlices } from './slices.js';

/** The facts of one report or trace in a line of data; see `Kind`. The third is the hash of its shape, or ''. */
export type Row = readonly [id: string, timeMs: number, shape: string, ...facts: (string | number)[]];

/** One line of data: its place, and its rows. */
export interface Entry {
  readonly offset: number;
  readonly bytes: number;
  readonly rows: readonly Row[];
}

/** Raised when a row has other facts: the index is then made again. */
const VERSION = 2;
/** Bytes of the first line of data by which a file is recognized. */
const MAX_START_BYTES = 4096;

/**
 * Reads the entries of an index, as far as they cover the data without a gap. A line that cannot be read is skipped: a full
 * disk or the end of a process has cut it, and the next writer has written its entries again.
 *
 * @param dataBytes the size of the data
 * @returns the number of bytes covered; undefined if the index is missing, belongs to another file, or has a gap: it must be
 *   made again
 * @throws the system's error, but not ENOENT
 */
export async function readIndex(
  path: string,
  dataPath: string,
  dataBytes: number,
  onEntry: (entry: Entry) => void,
): Promise<number | undefined> {
  const slice = createSlices(BACKGROUND_MS);
  const shapes = new Map<string, string>();
  let isChecked = false;
  let end = 0;
  try {
    for await (const line of readLines(path)) {
      const value = parseLine(line);
      if (value === undefined) continue;
      if ('version' in value) {
        if (value.version !== VERSION || !(await startsAs(dataPath, value))) return undefined;
        isChecked = true;
        continue;
      }
      const { o: offset, n: bytes, r: rows, s: defined } = value;
      if (!isChecked || !isPlace(offset) || !isPlace(bytes) || !Array.isArray(rows)) return undefined;
      if (isObject(defined)) for (const [hash, shape] of Object.entries(defined)) shapes.set(hash, String(shape));
      if (offset + bytes <= end) continue;
      if (offset !== end || offset + bytes > dataBytes) return undefined;
      end = offset + bytes;
      if (!rows.every((row) => isRow(row, shapes))) return undefined;
      onEntry({ offset, bytes, rows: rows.map((row: Row) => withShape(row, shapes.get(row[2]) ?? '')) });
      const pause = slice();
      if (pause) await pause;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return isChecked ? end : undefined;
}

/** Appends entries to an index. A shape is written once, with its first entry. */
export class IndexWriter {
  readonly #path: string;
  readonly #written = new Set<string>();
  #isBegun = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** @param start the beginning of the data's first line @throws the system's error; the entries may then be there in part */
  async append(entries: readonly Entry[], start: Buffer): Promise<void> {
    const file = await open(this.#path, APPEND, 0o600);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new Error(`${this.#path} is not a regular file`);
      const isNew = status.size === 0 || !this.#isBegun;
      const shapes = new Set(isNew ? [] : this.#written);
      const lines = entries.map((entry) => toLine(entry, shapes));
      const head = isNew ? [JSON.stringify({ version: VERSION, ...fingerprint(start) })] : [];
      const torn = await isTorn(file, status.size);
      await file.appendFile(`${torn ? '\n' : ''}${[...head, ...lines].join('\n')}\n`);
      this.#isBegun = true;
      for (const hash of shapes) this.#written.add(hash);
    } finally {
      await file.close();
    }
  }
}

/** The bytes by which a file is recognized. */
export async function readStart(dataPath: string): Promise<Buffer> {
  const bytes = await readPlace(dataPath, 0, MAX_START_BYTES);
  const end = bytes.indexOf('\n');
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** The same for equal bytes. */
export async function hashStart(dataPath: string): Promise<string> {
  return fingerprint(await readStart(dataPath)).hash;
}

async function startsAs(dataPath: string, { bytes, hash }: Record<string, unknown>): Promise<boolean> {
  if (!isPlace(bytes) || bytes > MAX_START_BYTES) return false;
  return fingerprint(await readPlace(dataPath, 0, bytes)).hash === hash;
}

function fingerprint(start: Buffer): { readonly bytes: number; readonly hash: string } {
  return { bytes: start.length, hash: createHash('sha256').update(start).digest('hex') };
}

function toLine({ offset, bytes, rows }: Entry, shapes: Set<string>): string {
  const defined: Record<string, string> = {};
  const short = rows.map((row) => {
    if (row[2] === '') return row;
    const hash = createHash('sha256').update(row[2]).digest('hex').slice(0, 16);
    if (!shapes.has(hash)) defined[hash] = row[2];
    shapes.add(hash);
    return withShape(row, hash);
  });
  const isDefining = Object.keys(defined).length > 0;
  return JSON.stringify({ o: offset, n: bytes, r: short, ...(isDefining ? { s: defined } : {}) });
}

function withShape([id, timeMs, , ...facts]: Row, shape: string): Row {
  return [id, timeMs, shape, ...facts];
}

function isRow(row: unknown, shapes: ReadonlyMap<string, string>): row is Row {
  return (
    Array.isArray(row) &&
    typeof row[0] === 'string' &&
    (typeof row[1] === 'number' || row[1] === null) &&
    typeof row[2] === 'string' &&
    (row[2] === '' || shapes.has(row[2]))
  );
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
