import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, rm, unlink, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createMirror } from './mirror.js';
import { isAlive, NOBODY, type Owner, readOwnSelf, showOwner } from './owner.js';

/** A report's file, in this process's hands. */
export interface SpoolFile {
  readonly id: string;
  /** What of the report it holds; see `ReportPart`. */
  readonly part: string;
  /** @throws the system's error; Error where the file is not what it should be. */
  readLines(): Promise<string[]>;
  /** A collector has it. */
  remove(): Promise<void>;
  /** No collector will have it: it stays in `refused/`, with the reason beside it. */
  setAside(reason: string): Promise<void>;
  /** Says that this process still has it in hand, to those who cannot see its processes. */
  touch(): Promise<void>;
  /** Leaves it to whoever comes. */
  release(): Promise<void>;
}

/** A file's worth of a report. */
export interface ReportPart {
  readonly id: string;
  readonly timeMs: number;
  readonly service: string;
  /** Empty for its log records, `traces` for its spans, `late-1` and on for what came after them. @default '' */
  readonly part?: string;
}

/** Reports on their way, on disk: a file for each part, OTLP JSON Lines of one signal. */
export interface Spool {
  readonly directory: string;
  /** Whole, before this resolves. @throws the system's error, or why the directory is not trusted. */
  write(report: ReportPart, lines: readonly string[]): Promise<SpoolFile>;
  /**
   * Takes over what processes left that have ended, oldest first; `service` undefined: of whatever service; `isWanted`:
   * of these parts only. A file is taken over by one process only.
   */
  adopt(service: string | undefined, isWanted?: (part: string) => boolean): Promise<SpoolFile[]>;
  /** Puts what was set aside back among what waits, in nobody's hands. */
  restore(): Promise<void>;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeMs?: number;
  /** Gets a sentence when reports are dropped. */
  readonly tell: (sentence: string) => void;
}

/** Loki and others refuse what is older. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;
/** A file that nobody has touched for so long has no owner any more, wherever that one was. */
const LEASE_MS = 10 * 60_000;
const MAX_PARTIAL_AGE_MS = 3600_000;
const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** A typical report has 40 KB. */
const MAX_MIRROR_BYTES = 4 * 1024 * 1024;
/** `SERVICE.TIME.ID[.PART].OWNER.jsonl` */
const NAME =
  /^([\w-]{1,60})\.(\d{13})\.([0-9a-f]{32})(?:\.([a-z]{1,20}(?:-\d{1,6})?))?\.(\d{1,10})-(\d{1,20})-([0-9a-f]{8})\.jsonl$/;
const PARTIAL = /^\.partial-[0-9a-f]{16}$/;
const REFUSED = 'refused';

export function openSpool({ directory, maxBytes, maxAgeMs = MAX_AGE_MS, tell }: SpoolOptions): Spool {
  const self = readOwnSelf();
  const known = new Set<string>();
  const mirror = createMirror(MAX_MIRROR_BYTES);

  const handle = (name: string): SpoolFile => {
    let current = name;
    const [, , , id = '', part = ''] = NAME.exec(name) ?? [];
    const key = `${id}.${part}`;
    known.add(key);
    const forget = () => {
      known.delete(key);
      mirror.forget(key);
    };
    /** Where the file has gone, which is what `error` may say. */
    const writeAgain = async (error: NodeJS.ErrnoException, place: string, as: string) => {
      const text = mirror.read(key);
      if (error.code !== 'ENOENT' || text === undefined) throw error;
      await prepare(place);
      await writeWhole(place, as, text);
    };
    return {
      id,
      part,
      async readLines() {
        const text = await readTrusted(join(directory, current)).catch((error: NodeJS.ErrnoException) => {
          const kept = mirror.read(key);
          if (error.code !== 'ENOENT' || kept === undefined) throw error;
          return kept;
        });
        return text.split('\n').filter((line) => line !== '');
      },
      async remove() {
        forget();
        await rm(join(directory, current), { force: true });
      },
      async setAside(reason) {
        const aside = join(directory, REFUSED);
        await prepare(aside);
        await rename(join(directory, current), join(aside, current)).catch((error) =>
          writeAgain(error, aside, current),
        );
        forget();
        // The report is safe; on a full disk its reason is not.
        await writeWhole(aside, `${current}.reason`, `${reason}\n`).catch(() => {});
      },
      async touch() {
        const now = new Date();
        await utimes(join(directory, current), now, now).catch((error) => writeAgain(error, directory, current));
      },
      async release() {
        const free = renameOwner(current, NOBODY);
        await rename(join(directory, current), join(directory, free)).catch((error) =>
          writeAgain(error, directory, free),
        );
        forget();
        current = free;
      },
    };
  };

  return {
    directory,
    async write({ id, timeMs, service, part = '' }, lines) {
      const text = `${lines.join('\n')}\n`;
      await prepare(directory);
      const time = String(Math.max(0, timeMs)).padStart(13, '0');
      const name = joinName([slug(service), time, id, part], self);
      if (!NAME.test(name)) throw new Error(`${name} is no name of a report's file`);
      const room = makeRoom(directory, { bytes: Buffer.byteLength(text), spared: id, maxBytes, maxAgeMs, tell });
      // Side by side, since whoever asked for the report waits for this; where there is no room yet, one after the other.
      const [written] = await Promise.allSettled([writeWhole(directory, name, text), room]);
      if (written.status === 'rejected') await writeWhole(directory, name, text);
      mirror.keep(`${id}.${part}`, text);
      return handle(name);
    },
    async adopt(service, isWanted = () => true) {
      const files: SpoolFile[] = [];
      try {
        await distrust(directory);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return files;
        throw error;
      }
      await makeRoom(directory, { bytes: 0, maxBytes, maxAgeMs, tell });
      const wanted = service === undefined ? undefined : slug(service);
      for (const { name, mtimeMs } of await list(directory)) {
        const [, of = '', , id = '', part = '', pid = '', started = '', place = ''] = NAME.exec(name) ?? [];
        if (known.has(`${id}.${part}`) || (wanted !== undefined && of !== wanted)) continue;
        if (!isWanted(part)) continue;
        const owner = { pid: Number(pid), started: Number(started), place };
        // One of this process that nothing here knows is of an agent that has ended.
        const held = showOwner(owner) === showOwner(self) ? false : isAlive(owner, self);
        if (held ?? Date.now() - mtimeMs < LEASE_MS) continue;
        const mine = renameOwner(name, self);
        try {
          await rename(join(directory, name), join(directory, mine));
          files.push(handle(mine));
        } catch {
          // Somebody else was first.
        }
      }
      return files;
    },
    async restore() {
      const aside = join(directory, REFUSED);
      try {
        await distrust(directory);
        await distrust(aside);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
        throw error;
      }
      for (const { path, name } of await list(aside)) {
        await rename(path, join(directory, renameOwner(name, NOBODY))).catch((error: NodeJS.ErrnoException) => {
          // Somebody else was first, or it was the oldest.
          if (error.code !== 'ENOENT') throw error;
        });
        await rm(`${path}.reason`, { force: true });
      }
    },
  };
}

function slug(service: string): string {
  return service.replace(/[^\w-]+/g, '_').slice(0, 60) || '_';
}

function renameOwner(name: string, owner: Owner): string {
  return joinName((NAME.exec(name) ?? []).slice(1, 5), owner);
}

function joinName(words: readonly (string | undefined)[], owner: Owner): string {
  return `${[...words.filter(Boolean), showOwner(owner)].join('.')}.jsonl`;
}

async function prepare(directory: string): Promise<void> {
  try {
    await distrust(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await distrust(directory);
  }
}

/** Another user's directory could be read by that one, and what it holds be forged. */
async function distrust(directory: string): Promise<void> {
  const about = await lstat(directory);
  if (!about.isDirectory())
    throw new Error(`${directory} is ${about.isSymbolicLink() ? 'a symbolic link' : 'no directory'}`);
  const user = process.getuid?.();
  if (user === undefined) return;
  if (about.uid !== user) throw new Error(`${directory} belongs to user ${about.uid}, this is user ${user}`);
  if ((about.mode & 0o077) !== 0) await chmod(directory, 0o700);
}

/** Whoever reads the directory sees whole files only. */
async function writeWhole(directory: string, name: string, text: string): Promise<void> {
  const partial = join(directory, `.partial-${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(partial, join(directory, name));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

async function readTrusted(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const about = await file.stat();
    const user = process.getuid?.();
    if (!about.isFile()) throw new Error('it is no plain file');
    if (user !== undefined && about.uid !== user) throw new Error(`it belongs to user ${about.uid}`);
    if (about.size > MAX_FILE_BYTES) throw new Error('it is larger than any report');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

interface Found {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** Reports by their time, the oldest first. */
async function list(directory: string): Promise<Found[]> {
  const names = (await readdir(directory)).filter((name) => NAME.test(name));
  const found = await Promise.all(names.map((name) => look(directory, name)));
  const rank = ({ name }: Found) => (NAME.exec(name) ?? []).slice(2, 5).join('.');
  return found.filter((one) => one !== undefined).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

async function look(directory: string, name: string): Promise<Found | undefined> {
  const path = join(directory, name);
  const about = await lstat(path).catch(() => undefined);
  return about?.isFile() ? { path, name, bytes: about.size, mtimeMs: about.mtimeMs } : undefined;
}

interface Room {
  readonly bytes: number;
  /** The report whose other parts do not go for this one. */
  readonly spared?: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly tell: (sentence: string) => void;
}

/** Drops what is too old, and of the rest the oldest until there is room for `bytes` more; those set aside go first. */
async function makeRoom(directory: string, { bytes, spared, maxBytes, maxAgeMs, tell }: Room): Promise<void> {
  const aside = join(directory, REFUSED);
  const files = [...(await list(aside).catch(() => [])), ...(await list(directory))];
  const isSpared = (name: string) => spared !== undefined && NAME.exec(name)?.[3] === spared;
  let total = files.reduce((sum, { name, bytes: size }) => sum + (isSpared(name) ? 0 : size), bytes);
  const bounds = `GMR_SPOOL_MAX_MIB=${maxBytes / 2 ** 20}`;
  for (const { path, name, bytes: size } of files) {
    const [, , time = '', id = '', part = ''] = NAME.exec(name) ?? [];
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
