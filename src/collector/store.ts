import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareDirectory } from './directory.js';
import { listFiles } from './listing.js';
import type { Signal } from './otlp.js';

export interface StoreLimits {
  /** A file of this size is renamed with its time, and the next one is begun. */
  readonly maxFileBytes: number;
  /** Files for each signal; beyond that the oldest is deleted. */
  readonly maxFiles: number;
}

export const LIMITS: StoreLimits = { maxFileBytes: 64 * 1024 * 1024, maxFiles: 8 };

export interface Store {
  readonly directory: string;
  /** Appends one request's JSON as one line of OTLP JSON Lines. Rejects if it cannot be written. */
  append(signal: Signal, json: string): Promise<void>;
}

/** Opens a directory, and makes it if it is missing. @throws as `prepareDirectory` does */
export async function openStore(directory: string, limits: StoreLimits = LIMITS): Promise<Store> {
  await prepareDirectory(directory);
  let last: Promise<void> = Promise.resolve();
  return {
    directory,
    append(signal, json) {
      // In JSON a line can end between tokens only. The text is not written anew from its values: a 64-bit number would be rounded.
      const line = `${json.replace(/[\r\n]+/g, ' ')}\n`;
      const written = last.then(() => appendLine(directory, signal, Buffer.from(line), limits));
      last = written.catch(() => {});
      return written;
    },
  };
}

/** Links are not followed, since others may write to the directory. Nothing waits for the other end of a FIFO. */
const APPEND =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0) |
  (constants.O_NOCTTY ?? 0);

async function appendLine(directory: string, signal: Signal, line: Buffer, limits: StoreLimits): Promise<void> {
  const path = join(directory, `${signal}.jsonl`);
  await rotate(directory, signal, line.length, limits);
  const file = await open(path, APPEND, 0o600);
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    await writeLine(file, line);
  } finally {
    await file.close();
  }
}

/** Writes the line whole or not at all: half a line would spoil the next one too. */
async function writeLine(file: FileHandle, line: Buffer): Promise<void> {
  const { size } = await file.stat();
  const torn = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString() !== '\n';
  try {
    await file.appendFile(torn ? Buffer.concat([Buffer.from('\n'), line]) : line);
  } catch (error) {
    await file.truncate(size).catch(() => {});
    throw error;
  }
}

async function rotate(directory: string, signal: Signal, bytes: number, limits: StoreLimits): Promise<void> {
  const path = join(directory, `${signal}.jsonl`);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0 || size + bytes <= limits.maxFileBytes) return;
  await rename(path, join(directory, `${signal}-${new Date().toISOString().replace(/\D/g, '')}.jsonl`));
  const files = await listFiles(directory, signal);
  const surplus = files.slice(0, Math.max(0, files.length - (limits.maxFiles - 1)));
  await Promise.all(surplus.map((name) => rm(join(directory, name), { force: true })));
}
