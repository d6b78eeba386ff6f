import { constants } from 'node:fs';
import { type FileHandle, readdir } from 'node:fs/promises';
import type { Signal } from './otlp.js';

/**
 * The flags to open a file and write at its end. Links are not followed, since others may write to the directory. Opening does
 * not wait for the other end of a FIFO.
 */
export const APPEND =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0) |
  (constants.O_NOCTTY ?? 0);

/** Whether a file of `size` bytes ends in the middle of a line: a full disk or the end of a process has cut it. */
export async function isTorn(file: FileHandle, size: number): Promise<boolean> {
  return size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString() !== '\n';
}

/** `SERVICE.TIME.ID[.PART].OWNER.jsonl`; see export/spool/file-name.ts. */
const SPOOLED = /^[\w-]+\.\d{13}\.[0-9a-f]{32}(?:\.(?!traces)[a-z-]+\d*)?\.[\w-]+\.jsonl$/;

/** Oldest first: `logs-20261124091201123.jsonl`, then `logs.jsonl`. */
export async function listFiles(directory: string, signal: Signal): Promise<string[]> {
  const pattern = new RegExp(`^${signal}(-\\d+)?\\.jsonl$`);
  return (await readdir(directory)).filter((name) => pattern.test(name)).sort();
}

/** The files of a spool, one for each report. */
export async function listSpooled(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => SPOOLED.test(name)).sort();
}

/** The index beside a file of lines: `logs.index`. Undefined for a spool's file, which has none. */
export function indexName(name: string): string | undefined {
  const [, stem] = /^((?:logs|traces)(?:-\d+)?)\.jsonl$/.exec(name) ?? [];
  return stem === undefined ? undefined : `${stem}.index`;
}
