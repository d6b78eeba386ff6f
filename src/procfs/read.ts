/** Reading the kernel's files: bounded, synchronous, and never throwing. For the agent thread alone. */

import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** `gone`: no such file, or its process ended; `denied`: it is there and may not be read. */
export type Reading = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'gone' | 'denied' };

const DEFAULT_MAX_BYTES = 64 * 1024;

/** The first `maxBytes` of a file. Such files have no size of their own, so they are read until they end. */
export function tryReadText(path: string, maxBytes = DEFAULT_MAX_BYTES, encoding: BufferEncoding = 'utf8'): Reading {
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
let buffer = Buffer.alloc(0);

function readAll(fd: number, maxBytes: number, encoding: BufferEncoding): string {
  if (buffer.length === 0) buffer = Buffer.allocUnsafeSlow(DEFAULT_MAX_BYTES);
  let length = 0;
  while (length < maxBytes) {
    if (length === buffer.length) grow();
    const count = readSync(fd, buffer, length, Math.min(buffer.length, maxBytes) - length, null);
    if (count === 0) break;
    length += count;
  }
  const text = buffer.toString(encoding, 0, length);
  if (buffer.length > DEFAULT_MAX_BYTES) buffer = Buffer.alloc(0);
  return text;
}

function grow(): void {
  const larger = Buffer.allocUnsafeSlow(buffer.length * 4);
  buffer.copy(larger);
  buffer = larger;
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
