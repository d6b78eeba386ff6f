import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** More than any line that the collector writes: a request has 20 MiB at most. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const LINE_FEED = 0x0a;
/** Opening a FIFO then waits for no writer. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * The lines of a regular file, one at a time. A line that is too long is skipped. Anything else than a regular file has no lines.
 *
 * Not `node:readline`: that ends a line at U+2028 too, which JSON may contain.
 *
 * @throws the system's error
 */
export async function* readLines(path: string, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<string> {
  const file = await openRegular(path);
  if (file === undefined) return;
  let pieces: Buffer[] = [];
  let bytes = 0;
  const add = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  };
  const finish = () => {
    const line = bytes > maxLineBytes ? '' : Buffer.concat(pieces).toString('utf8');
    pieces = [];
    bytes = 0;
    return line;
  };
  // The stream closes the file, also if the caller ends the loop early.
  for await (const chunk of file.createReadStream() as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      const line = finish();
      if (line !== '') yield line;
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  const last = finish();
  if (last !== '') yield last;
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
