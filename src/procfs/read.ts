/** Reading the kernel's files: bounded, synchronous, and never throwing. For the agent thread, and for commands. */

import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** `gone`: no such file, or its process ended; `denied`: it is there and may not be read. */
export type Reading = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'gone' | 'denied' };

const BUFFER_BYTES = 64 * 1024;
/** `readLines` reads so much in small pieces, of a line or two. */
const FIRST_BYTES = 16 * 1024;
const SMALL_BYTES = 256;

/** The first `maxBytes` of a file. Such files have no size of their own, so they are read until they end. */
export function tryReadText(path: string, maxBytes = BUFFER_BYTES, encoding: BufferEncoding = 'utf8'): Reading {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    return { kind: 'text', text: readAll(fd, maxBytes, encoding) };
  } catch (error) {
    return { kind: isGone(error) ? 'gone' : 'denied' };
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}

/**
 * Hands the lines of a latin1 file to `take` until that returns true: the kernel makes up no more of the file than is read,
 * and the first reads are small. Each text but the first begins with the newline before it. Never throws.
 * @returns whether the file was cut after `maxBytes`
 */
export function readLines(path: string, maxBytes: number, take: (lines: string) => boolean): boolean {
  let fd: number | undefined;
  let text = '';
  let bytes = 0;
  const takeLines = (part: Buffer) => {
    bytes += part.length;
    text += part.toString('latin1');
    const end = text.lastIndexOf('\n');
    if (end <= 0) return false;
    const lines = text.slice(0, end);
    text = text.slice(end);
    return take(lines);
  };
  try {
    fd = openSync(path, 'r');
    readParts(fd, maxBytes, (offset) => (offset < FIRST_BYTES ? SMALL_BYTES : BUFFER_BYTES), takeLines);
  } catch {
    // Absent, or not to be read.
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
  return bytes >= maxBytes;
}

/** As `tryReadText`, without the reason of a failure. */
export function readText(path: string, maxBytes?: number, encoding?: BufferEncoding): string | undefined {
  const reading = tryReadText(path, maxBytes, encoding);
  return reading.kind === 'text' ? reading.text : undefined;
}

/** The target of a symbolic link. */
export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The names in a directory that are numbers: processes, threads, descriptors. */
export function listNumbers(path: string): number[] | undefined {
  try {
    return readdirSync(path).filter(isNumber).map(Number);
  } catch {
    return undefined;
  }
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

/** One buffer for all reads: each thread has its own, and nothing here yields. */
let buffer: Buffer | undefined;

function readAll(fd: number, maxBytes: number, encoding: BufferEncoding): string {
  // The kernel hands out a page or so at a time, and may cut a character in two.
  const decoder = new StringDecoder(encoding);
  const parts: string[] = [];
  readParts(
    fd,
    maxBytes,
    () => BUFFER_BYTES,
    (bytes) => {
      parts.push(decoder.write(bytes));
      return false;
    },
  );
  return parts.join('');
}

/** Reads until `take` returns true. */
function readParts(
  fd: number,
  maxBytes: number,
  sizeAt: (offset: number) => number,
  take: (bytes: Buffer) => boolean,
): void {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
  for (let total = 0; total < maxBytes; ) {
    const count = readSync(fd, buffer, 0, Math.min(sizeAt(total), maxBytes - total), null);
    if (count === 0 || take(buffer.subarray(0, count))) return;
    total += count;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR';
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Nothing was written, so nothing is lost.
  }
}
