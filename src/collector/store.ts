import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareDirectory } from './directory.js';
import { readLines } from './lines.js';
import { readRecords, type Signal } from './otlp.js';
import { addRecord, type StoredReport } from './reports.js';

export interface StoreLimits {
  /** A file of this size is put aside under a name with its time, and the next one begun. */
  readonly maxFileBytes: number;
  /** Files a signal; beyond that the oldest goes. */
  readonly maxFiles: number;
}

/** `SERVICE.TIME.ID[.PART].OWNER.jsonl`; see export/spool.ts. */
const SPOOLED = /^[\w-]+\.\d{13}\.[0-9a-f]{32}(?:\.(?!traces)[a-z-]+\d*)?\.[\w-]+\.jsonl$/;

export const LIMITS: StoreLimits = { maxFileBytes: 64 * 1024 * 1024, maxFiles: 8 };

export interface Store {
  readonly directory: string;
  /** One request's JSON as one line of OTLP JSON Lines. Rejects when it cannot be written. */
  append(signal: Signal, json: string): Promise<void>;
}

/** Opens a directory, made where it is missing. @throws as `prepareDirectory` does. */
export async function openStore(directory: string, limits: StoreLimits = LIMITS): Promise<Store> {
  await prepareDirectory(directory);
  let last: Promise<void> = Promise.resolve();
  return {
    directory,
    append(signal, json) {
      // In JSON a line's end stands between tokens only. As it came otherwise: parsed, a 64-bit number would be rounded.
      const line = `${json.replace(/[\r\n]+/g, ' ')}\n`;
      const written = last.then(() => appendLine(directory, signal, Buffer.from(line), limits));
      last = written.catch(() => {});
      return written;
    },
  };
}

/** The reports of a directory that `openStore` wrote, oldest first, without the bodies of their sections. */
export async function listReports(directory: string): Promise<StoredReport[]> {
  const reports = await scan(directory, 'gmr.report.id', false);
  return [...reports.values()].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

/** One report with all that came of it. */
export async function loadReport(directory: string, id: string): Promise<StoredReport | undefined> {
  return (await scan(directory, id, true)).get(id);
}

/** Reads one line after the other; those without `word` are not parsed, those that cannot be read are passed by. */
async function scan(directory: string, word: string, keepBodies: boolean): Promise<Map<string, StoredReport>> {
  const reports = new Map<string, StoredReport>();
  for (const name of [...(await listSpooled(directory)), ...(await listFiles(directory, 'logs'))]) {
    try {
      for await (const line of readLines(join(directory, name))) {
        if (!line.includes(word)) continue;
        for (const record of parseLine(line)) {
          if (!keepBodies || record.attributes.get('gmr.report.id') === word) addRecord(reports, record, keepBodies);
        }
      }
    } catch (error) {
      // Gone since it was listed: it was the oldest.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return reports;
}

function parseLine(line: string) {
  try {
    return readRecords(JSON.parse(line));
  } catch {
    // Cut off by the end of a disk or of a process; the others stand.
    return [];
  }
}

/** Oldest first: `logs-20261124091201123.jsonl`, then `logs.jsonl`. */
async function listFiles(directory: string, signal: Signal): Promise<string[]> {
  const pattern = new RegExp(`^${signal}(-\\d+)?\\.jsonl$`);
  return (await readdir(directory)).filter((name) => pattern.test(name)).sort();
}

/** A spool's, a file a report. */
async function listSpooled(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => SPOOLED.test(name)).sort();
}

/** Somebody else's link, in a directory that others may write to, is not followed. */
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

async function appendLine(directory: string, signal: Signal, line: Buffer, limits: StoreLimits): Promise<void> {
  const path = join(directory, `${signal}.jsonl`);
  await rotate(directory, signal, line.length, limits);
  const file = await open(path, APPEND, 0o600);
  try {
    await writeLine(file, line);
  } finally {
    await file.close();
  }
}

/** Whole or not at all: half a line would spoil the next one too. */
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
