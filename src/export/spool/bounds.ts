import { lstatSync, opendirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { TRACES_PART } from '../entry.js';
import { REFUSED, readName, type SpoolName } from './file-name.js';

/** A file of the spool. */
export interface Found extends SpoolName {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

export interface RoomOptions {
  /** On a local file system: nothing here waits for a server. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Gets a sentence if reports are dropped. */
  readonly tell: (sentence: string) => void;
}

/** The directory is counted again after this time, even if it is far from the bound: other processes write to it, too. */
const RECOUNT_MS = 10_000;
const MAX_PARTIAL_AGE_MS = 3_600_000;
const PARTIAL = /^\..+\.jsonl(\.reason)?\.[0-9a-z]+$/;
/** Files looked at in one turn of the loop: a few milliseconds. */
const SLICE = 200;

/** Keeps the spool's directory within its bounds, after a report was written: the report does not wait for it. */
export class SpoolRoom {
  readonly #options: RoomOptions;
  /** As of the last count; files written since are added. */
  #total: number | undefined;
  #countedMs = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** `bytes` have been written for the report `id`. */
  add(bytes: number, id: string): void {
    this.#total = this.#total === undefined ? undefined : this.#total + bytes;
    const isNear = this.#total === undefined || this.#total > this.#options.maxBytes / 2;
    if (isNear || performance.now() - this.#countedMs > RECOUNT_MS) void this.trim(id).catch(() => {});
  }

  /** Drops entries that are too old, then the oldest until the rest fits, but not the report `spared`; quarantined entries go first. */
  trim(spared?: string): Promise<void> {
    // A run that began earlier may have missed this report.
    this.#running = this.#running.catch(() => {}).then(() => this.#trim(spared));
    return this.#running;
  }

  async #trim(spared: string | undefined): Promise<void> {
    const { directory, maxBytes, maxAgeMs, tell } = this.#options;
    const files = [...(await collect(join(directory, REFUSED)).catch(() => [])), ...(await collect(directory))];
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, time, id, part, bytes } of files) {
      const isTooOld = Date.now() - Number(time) > maxAgeMs;
      if ((spared !== undefined && id === spared) || (!isTooOld && total <= maxBytes)) continue;
      total -= bytes;
      if (!unlink(path)) continue;
      rmSync(`${path}.reason`, { force: true });
      const bounds = `GMR_SPOOL_MAX_MIB=${maxBytes / 2 ** 20}`;
      const why = isTooOld ? `older than ${Math.round(maxAgeMs / 86_400_000)} days` : `there is no room (${bounds})`;
      const noun = part === '' ? 'report' : part === TRACES_PART ? 'the trace of report' : 'a late part of report';
      tell(`${noun} ${id} is dropped from ${directory}: ${why}; no collector has taken it`);
    }
    this.#total = total;
    this.#countedMs = performance.now();
  }
}

/** Reports by their time, the oldest first. Rejects if the directory cannot be read. */
export async function* listEntries(directory: string): AsyncGenerator<Found> {
  let seen = 0;
  for (const found of await collect(directory)) {
    seen += 1;
    if (seen % SLICE === 0) await turn();
    yield found;
  }
}

/**
 * Lists the directory's reports in slices, so that thousands of files do not block the loop. Removes partial files of
 * processes that were killed while they wrote.
 */
async function collect(directory: string): Promise<Found[]> {
  const names: string[] = [];
  const opened = opendirSync(directory);
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) names.push(entry.name);
  } finally {
    opened.closeSync();
  }
  const found: Found[] = [];
  for (const [n, name] of names.entries()) {
    if (n % SLICE === SLICE - 1) await turn();
    const parts = readName(name);
    if (!parts && !PARTIAL.test(name)) continue;
    const path = join(directory, name);
    const about = lstatSync(path, { throwIfNoEntry: false });
    if (!about?.isFile()) continue;
    if (parts) found.push({ ...parts, path, bytes: about.size, mtimeMs: about.mtimeMs });
    else if (Date.now() - about.mtimeMs > MAX_PARTIAL_AGE_MS) rmSync(path, { force: true });
  }
  return found
    .map((one) => ({ one, rank: rankOf(one) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ one }) => one);
}

function rankOf({ time, id, part }: Found): string {
  return `${time}.${id}.${part}`;
}

/** False if another process was faster. */
function unlink(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
