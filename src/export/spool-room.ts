import { lstat, readdir, rm, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { REFUSED, readName } from './spool-name.js';

/** A report's file, or a part's of one. */
export interface Found {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

export interface RoomOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Gets a sentence when reports are dropped. */
  readonly tell: (sentence: string) => void;
}

/** Keeps a directory within its bounds. */
export interface Room {
  /** Before `bytes` are written for the report `id`: waits only where the bound may be near. */
  make(bytes: number, id: string): Promise<void>;
  /** Drops what is too old, and of the rest the oldest until it fits; those set aside go first. */
  trim(): Promise<void>;
}

/** How old a count may be that is not near the bound; others write there, too. */
const RECOUNT_MS = 10_000;
const MAX_PARTIAL_AGE_MS = 3600_000;
const PARTIAL = /^\.partial-[0-9a-f]{16}$/;

export function createRoom(options: RoomOptions): Room {
  /** As of the last count; what has been written since is added. */
  let total: number | undefined;
  let countedMs = 0;
  let running: Promise<number> | undefined;

  const count = async (bytes: number, spared?: string) => {
    // One that has begun before does not know of this one.
    await running?.catch(() => {});
    running = trim(options, bytes, spared).finally(() => {
      running = undefined;
    });
    total = await running;
    countedMs = performance.now();
  };

  return {
    async make(bytes, id) {
      if (total === undefined || total + bytes > options.maxBytes / 2) return count(bytes, id);
      total += bytes;
      // Thousands of files may wait there: whoever asked for the report does not wait for them to be counted.
      if (running === undefined && performance.now() - countedMs > RECOUNT_MS) void count(0, id).catch(() => {});
    },
    trim: () => count(0),
  };
}

/** Makes room for `bytes` of the report `spared`; returns the bytes that are then there. */
async function trim(
  { directory, maxBytes, maxAgeMs, tell }: RoomOptions,
  bytes: number,
  spared?: string,
): Promise<number> {
  const aside = join(directory, REFUSED);
  const files = [...(await list(aside).catch(() => [])), ...(await list(directory))];
  const isSpared = (name: string) => spared !== undefined && readName(name)?.id === spared;
  let total = files.reduce((sum, { name, bytes: size }) => sum + (isSpared(name) ? 0 : size), bytes);
  const bounds = `GMR_SPOOL_MAX_MIB=${maxBytes / 2 ** 20}`;
  for (const { path, name, bytes: size } of files) {
    const { time, id, part } = readName(name) ?? { time: '', id: '', part: '' };
    const tooOld = Date.now() - Number(time) > maxAgeMs;
    if (isSpared(name) || (!tooOld && total <= maxBytes)) continue;
    total -= size;
    // False where somebody else was first.
    const isGone = await unlink(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => rethrowUnless(error, 'ENOENT'),
    );
    if (!isGone) continue;
    await rm(`${path}.reason`, { force: true });
    const why = tooOld ? `older than ${Math.round(maxAgeMs / 86_400_000)} days` : `there is no room (${bounds})`;
    const what = part === '' ? 'report' : part === 'traces' ? 'the trace of report' : 'what came late of report';
    tell(`${what} ${id} is dropped from ${directory}: ${why}; no collector has taken it`);
  }
  await sweepPartials(directory);
  return total;
}

/** Reports by their time, the oldest first. */
export async function list(directory: string): Promise<Found[]> {
  const names = (await readdir(directory)).filter((name) => readName(name) !== undefined);
  const found = await Promise.all(names.map((name) => look(directory, name)));
  const rank = ({ name }: Found) => {
    const { time, id, part } = readName(name) ?? { time: '', id: '', part: '' };
    return `${time}.${id}.${part}`;
  };
  return found.filter((one) => one !== undefined).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

async function look(directory: string, name: string): Promise<Found | undefined> {
  const path = join(directory, name);
  const about = await lstat(path).catch(() => undefined);
  return about?.isFile() ? { path, name, bytes: about.size, mtimeMs: about.mtimeMs } : undefined;
}

function rethrowUnless(error: NodeJS.ErrnoException, code: string): false {
  if (error.code === code) return false;
  throw error;
}

/** Of processes that were killed in the middle of writing. */
async function sweepPartials(directory: string): Promise<void> {
  for (const name of (await readdir(directory)).filter((one) => PARTIAL.test(basename(one)))) {
    const found = await look(directory, name);
    if (found && Date.now() - found.mtimeMs > MAX_PARTIAL_AGE_MS) await rm(found.path, { force: true });
  }
}
