/** Reading the kernel's files: bounded, synchronous, and never throwing. For the agent thread alone. */

import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** `gone`: no such file, or its process ended; `denied`: it is there and may not be read. */
export type Reading = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'gone' | 'denied' };

const BUFFER_BYTES = 64 * 1024;

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

/** As `tryReadText`, for who does not need to know why there is nothing. */
export function readText(path: string, maxBytes?: number, encoding?: BufferEncoding): string | undefined {
  const reading = tryReadText(path, maxBytes, encoding);
  return reading.kind === 'text' ? reading.text : undefined;
}

/** Where a symbolic link points. */
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

/** One buffer for all reads: there is one agent thread, and nothing here yields. */
let buffer: Buffer | undefined;

function readAll(fd: number, maxBytes: number, encoding: BufferEncoding): string {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
  // The kernel hands out a page or so at a time, and may cut a character in two.
  const decoder = new StringDecoder(encoding);
  const parts: string[] = [];
  for (let total = 0; total < maxBytes; ) {
    const count = readSync(fd, buffer, 0, Math.min(BUFFER_BYTES, maxBytes - total), null);
    if (count === 0) break;
    parts.push(decoder.write(buffer.subarray(0, count)));
    total += count;
  }
  return parts.join('');
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
