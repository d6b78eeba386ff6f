import { createReadStream } from 'node:fs';

/** More than any line that the collector writes: a request's largest body. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * A file's lines, one at a time. One that is too long is passed by.
 *
 * Not `node:readline`: that ends a line at U+2028 too, which JSON may carry.
 */
export async function* readLines(path: string, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<string> {
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
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
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
