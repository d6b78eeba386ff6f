import { rmSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { listFiles, listSpooled } from '../collector/data-files.js';
import type { StoredRecord } from '../collector/otlp.js';
import { encodeMap, encodeValue } from '../export/wire/otlp-values.js';
import type { Value, ValueMap } from '../report.js';
import { readRecordFile } from './record-file.js';
import { CommandError, UsageError } from './usage.js';

/** A directory to be viewed. */
export interface Viewed {
  readonly directory: string;
  /** Files that have no report as data, such as reports that were printed as text. */
  readonly skipped: readonly string[];
  /** Removes the directory, if it was made for the view. */
  remove(): Promise<void>;
}

/** A report that is larger than this is written as several lines. */
const LINE_BYTES = 8 * 2 ** 20;

/**
 * A store or a spool as it is; or the reports of files, and of directories of such files, put together in a store of their
 * own: in the system's directory for temporary files, for this user alone.
 *
 * @throws UsageError if something else is named beside a store; CommandError if there is no report
 */
export async function openViewed(paths: readonly string[]): Promise<Viewed> {
  const kinds = await Promise.all(paths.map(async (path) => ({ path, isStore: await isStore(path) })));
  const store = kinds.find((one) => one.isStore);
  if (store && kinds.length > 1) throw new UsageError(`${store.path} is a store: expected nothing else with it`);
  if (store) return { directory: resolve(store.path), skipped: [], remove: async () => {} };
  const files = (await Promise.all(paths.map(listIn))).flat();
  const skipped: string[] = [];
  const records: StoredRecord[] = [];
  for (const { path, isNamed } of files) {
    try {
      for (const record of await readRecordFile('', path)) records.push(record);
    } catch (error) {
      if (isNamed || !(error instanceof CommandError)) throw error;
      skipped.push(path);
    }
  }
  if (records.length === 0) throw new CommandError(`no report as data in ${paths.join(' ')}: ${explain(skipped)}`);
  const directory = await mkdtemp(join(tmpdir(), 'gmr-view-'));
  const onExit = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', onExit);
  const remove = async () => {
    await rm(directory, { recursive: true, force: true });
    process.removeListener('exit', onExit);
  };
  try {
    await writeStore(join(directory, 'logs.jsonl'), records);
  } catch (error) {
    await remove();
    throw new CommandError(`${directory} cannot be written to: ${(error as Error).message}`);
  }
  return { directory, skipped, remove };
}

/** The reason why files are left out. */
export function explain(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'it is empty';
  const files = skipped.length === 1 ? '1 file has' : `${skipped.length} files have`;
  return `${files} no report as data, such as ${skipped[0]}: a process prints its reports as JSON with GMR_FORMAT=json`;
}

async function isStore(path: string): Promise<boolean> {
  if (path === '-') return false;
  const status = await attempt(path, () => stat(path));
  if (!status.isDirectory()) return false;
  const found = await Promise.all([listFiles(path, 'logs'), listFiles(path, 'traces'), listSpooled(path)]);
  return found.some((names) => names.length > 0);
}

async function listIn(path: string): Promise<{ readonly path: string; readonly isNamed: boolean }[]> {
  if (path === '-') return [{ path, isNamed: true }];
  const status = await attempt(path, () => stat(path));
  if (!status.isDirectory()) return [{ path, isNamed: true }];
  const entries = await attempt(path, () => readdir(path, { withFileTypes: true }));
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ path: join(path, name), isNamed: false }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(code === 'ENOENT' ? `there is no ${path}` : `${path} cannot be read: ${message}`);
  }
}

/** As a collector would have stored them: a line a report. */
async function writeStore(path: string, records: readonly StoredRecord[]): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    let [waiting, bytes, last]: [string[], number, StoredRecord | undefined] = [[], 0, undefined];
    const flush = async () => {
      if (last) await file.appendFile(`${toLine(last, waiting)}\n`);
      [waiting, bytes] = [[], 0];
    };
    for (const record of records) {
      if (last && (bytes > LINE_BYTES || idOf(last) !== idOf(record))) await flush();
      const text = JSON.stringify({
        timeUnixNano: String(BigInt(Math.round(record.timeMs) || 0) * 1_000_000n),
        attributes: encodeMap(toMap(record.attributes)),
        body: encodeValue(record.readBody() as Value),
      });
      waiting.push(text);
      bytes += text.length;
      last = record;
    }
    await flush();
  } finally {
    await file.close();
  }
}

function toLine({ resource }: StoredRecord, records: readonly string[]): string {
  const attributes = JSON.stringify(encodeMap(toMap(resource)));
  return `{"resourceLogs":[{"resource":{"attributes":${attributes}},"scopeLogs":[{"logRecords":[${records.join()}]}]}]}`;
}

function idOf({ attributes }: StoredRecord): unknown {
  return attributes.get('gmr.report.id');
}

function toMap(attributes: ReadonlyMap<string, unknown>): ValueMap {
  return Object.fromEntries(attributes) as ValueMap;
}
