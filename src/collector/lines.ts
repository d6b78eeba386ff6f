import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** More than any line that the collector writes: a request has 31 MiB of JSON at most. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CHUNK_BYTES = 256 * 1024;
/** With these flags, opening a FIFO does not wait for a writer. */
export const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** A line of a file, and its place there. */
export interface PlacedLine {
  readonly text: string;
  readonly offset: number;
  /** With its line feed, if it has one. */
  readonly bytes: number;
  /** Whether a line feed ends it. */
  readonly isEnded: boolean;
}

/** The texts of the lines of a regular file, as `readPlacedLines` reads them; empty lines are skipped. */
export async function* readLines(path: string, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<string> {
  for await (const { text } of readPlacedLines(path, { maxLineBytes })) if (text !== '') yield text;
}

/**
 * The lines of a regular file from `start` on, one at a time. A line that is too long has an empty text. A file that is not
 * regular has no lines.
 *
 * Not `node:readline`: that ends a line at U+2028 too, which JSON may contain.
 *
 * @throws the system's error
 */
export async function* readPlacedLines(
  path: string,
  { start = 0, maxLineBytes = MAX_LINE_BYTES }: { readonly start?: number; readonly maxLineBytes?: number } = {},
): AsyncGenerator<PlacedLine> {
  const file = await openRegular(path);
  if (file === undefined) return;
  let pieces: Buffer[] = [];
  let bytes = 0;
  let offset = start;
  const add = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  };
  const finish = (isEnded: boolean): PlacedLine => {
    const text = bytes > maxLineBytes ? '' : Buffer.concat(pieces).toString('utf8');
    const line = { text, offset, bytes: bytes + (isEnded ? 1 : 0), isEnded };
    pieces = [];
    bytes = 0;
    offset += line.bytes;
    return line;
  };
  // The stream closes the file, also if the caller ends the loop early.
  for await (const chunk of file.createReadStream({ start, highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end));
      yield finish(true);
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (bytes > 0) yield finish(false);
}

/**
 * The bytes of a regular file at a place; fewer if it ends before.
 *
 * @param identity `device:inode` of the file that is wanted: there is nothing of another one that has its name by now
 * @throws the system's error
 */
export async function readPlace(path: string, offset: number, bytes: number, identity?: string): Promise<Buffer> {
  const file = await openRegular(path);
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { dev, ino } = await file.stat();
    if (identity !== undefined && identity !== `${dev}:${ino}`) return Buffer.alloc(0);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(bytes, MAX_LINE_BYTES)), 0, undefined, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openRegular(path: string) {
  try {
    const file = await open(path, READ);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    // A socket cannot be opened.
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
  }
  return undefined;
}
