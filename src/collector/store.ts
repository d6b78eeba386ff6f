import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { APPEND, indexName, isTorn, listFiles } from './data-files.js';
import { prepareDirectory } from './directory.js';
import type { Signal } from './otlp.js';

export interface StoreLimits {
  /** A file of this size is renamed with its time, and the next one is begun. */
  readonly maxFileBytes: number;
  /** Files for each signal; beyond that the oldest is deleted. */
  readonly maxFiles: number;
}

export const LIMITS: StoreLimits = { maxFileBytes: 64 * 1024 * 1024, maxFiles: 8 };

/** The place of one line of data. */
export interface Written {
  /** `device:inode` of the file. */
  readonly identity: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface Store {
  readonly directory: string;
  /**
   * Appends one request's JSON as one line of OTLP JSON Lines. Rejects if it cannot be written.
   *
   * @returns the line's place; undefined if another program has written at the same time
   */
  append(signal: Signal, json: string): Promise<Written | undefined>;
}

/** Opens a directory, and makes it if it is missing. @throws as `prepareDirectory` does */
export async function openStore(directory: string, limits: StoreLimits = LIMITS): Promise<Store> {
  await prepareDirectory(directory);
  let last: Promise<unknown> = Promise.resolve();
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

async function appendLine(
  directory: string,
  signal: Signal,
  line: Buffer,
  limits: StoreLimits,
): Promise<Written | undefined> {
  const path = join(directory, `${signal}.jsonl`);
  await rotate(directory, signal, line.length, limits);
  const file = await open(path, APPEND, 0o600);
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    return await writeLine(file, line);
  } finally {
    await file.close();
  }
}

/** Writes the line whole or not at all: half a line would spoil the next one too. */
async function writeLine(file: FileHandle, line: Buffer): Promise<Written | undefined> {
  const { size, dev, ino } = await file.stat();
  const torn = await isTorn(file, size);
  await writeWhole(file, torn ? Buffer.concat([Buffer.from('\n'), line]) : line, size);
  const isAlone = !torn && (await file.stat()).size === size + line.length;
  return isAlone ? { identity: `${dev}:${ino}`, offset: size, bytes: line.length } : undefined;
}

/** With one system call: `appendFile` makes one for each 512 KiB, and the lines of two collectors would mix. */
async function writeWhole(file: FileHandle, bytes: Buffer, size: number): Promise<void> {
  let written = 0;
  try {
    while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
  } catch (error) {
    // Behind the part that a full disk has taken, another collector may have written.
    if ((await file.stat()).size === size + written) await file.truncate(size).catch(() => {});
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
  const name = await takeName(directory, signal);
  try {
    await rename(path, join(directory, name));
  } catch (error) {
    // Another program that writes here was first.
    await rm(join(directory, name), { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // An index that stays behind is not taken for that of the next file: it has the first bytes of its own.
  await rename(join(directory, `${signal}.index`), join(directory, indexName(name) ?? '')).catch(() => {});
  const files = await listFiles(directory, signal);
  const surplus = files.slice(0, Math.max(0, files.length - (limits.maxFiles - 1)));
  const deleted = surplus.flatMap((surplusName) => [surplusName, indexName(surplusName) ?? surplusName]);
  await Promise.all(deleted.map((one) => rm(join(directory, one), { force: true })));
}

/** An empty file has it: without one, another collector that rotates at the same moment would replace ours by its own. */
async function takeName(directory: string, signal: Signal): Promise<string> {
  for (;;) {
    const name = nameNext(signal, await listFiles(directory, signal));
    try {
      await (await open(join(directory, name), 'wx', 0o600)).close();
      return name;
    } catch (error) {
      // On a full disk there may be no room for it: a rotation deletes the oldest file.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return name;
    }
  }
}

/** By the time, and behind all others: a clock that was set back would make the newest file the oldest, which is deleted. */
function nameNext(signal: Signal, files: readonly string[]): string {
  const now = new Date().toISOString().replace(/\D/g, '');
  const last =
    files
      .map((name) => /-(\d{17})\.jsonl$/.exec(name)?.[1] ?? '')
      .sort()
      .at(-1) ?? '';
  return `${signal}-${now > last ? now : BigInt(last) + 1n}.jsonl`;
}
