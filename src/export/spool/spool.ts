import { renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { requireLocal, writeAtomically } from '../../files/write.js';
import type { Entry } from '../entry.js';
import { Reserve } from '../reserve.js';
import { listEntries, type RoomOptions, SpoolRoom } from './bounds.js';
import { REFUSED, type SpoolName, showName, slug } from './file-name.js';
import { isAlive, NOBODY, readOwnSelf, showOwner } from './owner.js';
import { isTrusted, prepareDirectory, readTrusted } from './trust.js';

/** The part of a report that goes into one file. */
export interface ReportPart {
  readonly id: string;
  readonly timeMs: number;
  readonly service: string;
  /** See `Entry`. @default '' */
  readonly part?: string;
}

export interface SpoolOptions extends Omit<RoomOptions, 'maxAgeMs'> {
  /** @default 7 days */
  readonly maxAgeMs?: number;
  /** @default one that holds nothing */
  readonly reserve?: Reserve;
  /** Shared by the spools of one process, so that none takes over what another one sends. @default one of its own */
  readonly held?: Held;
}

/** Entries of this process, with their lines as long as there is room: a directory may be emptied in mid-life. */
export type Held = Map<string, Buffer | undefined>;

/** Loki and others refuse older records. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;
/** A lease that was not renewed for so long has ended, on whatever machine its owner ran. */
const LEASE_MS = 10 * 60_000;
/** How much of the files written last is kept in memory as well. A typical report has 40 KB. */
const MAX_MIRROR_BYTES = 4 * 1024 * 1024;

/** Reports on their way, on disk: a file for each part, OTLP JSON Lines of one signal. */
export class Spool {
  readonly directory: string;
  readonly #room: SpoolRoom;
  readonly #reserve: Reserve;
  readonly #self = readOwnSelf();
  readonly #known: Held;

  constructor(options: SpoolOptions) {
    const { directory, maxBytes, maxAgeMs = MAX_AGE_MS, tell, reserve = new Reserve(0), held = new Map() } = options;
    this.directory = directory;
    this.#known = held;
    this.#reserve = reserve;
    this.#room = new SpoolRoom({ directory, maxBytes, maxAgeMs, tell });
  }

  /** Writes a file, which is complete when this returns. @throws the system's error; Error if the directory is not trusted */
  write({ id, timeMs, service, part = '' }: ReportPart, lines: readonly string[]): Entry {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    const time = String(Math.max(0, timeMs)).padStart(13, '0');
    prepareDirectory(this.directory);
    const about = { service, time, id, part, owner: this.#self };
    this.#write(this.directory, showName(about), bytes);
    this.#room.add(bytes.length, id);
    return this.#hold(about, bytes);
  }

  /**
   * Takes over entries of processes that have ended, the oldest first: of any service if `service` is undefined, and only
   * parts that `isWanted`. A file is taken over by one process only. Rejects if the directory cannot be read.
   */
  async adopt(service: string | undefined, isWanted: (part: string) => boolean = () => true): Promise<Entry[]> {
    const entries: Entry[] = [];
    if (!isTrusted(this.directory)) return entries;
    await this.#room.trim();
    const wanted = service === undefined ? undefined : slug(service);
    for await (const found of listEntries(this.directory)) {
      const { id, part, owner } = found;
      if (this.#known.has(`${id}.${part}`) || !isWanted(part)) continue;
      if (wanted !== undefined && found.service !== wanted) continue;
      // A file of this process that is not known here belongs to an agent that has ended.
      const held = showOwner(owner) === showOwner(this.#self) ? false : isAlive(owner, this.#self);
      // A lease of the future was given by a clock that has been set back since.
      if (held ?? Math.abs(Date.now() - found.mtimeMs) < LEASE_MS) continue;
      const mine = { ...found, owner: this.#self };
      try {
        renameSync(found.path, join(this.directory, showName(mine)));
        entries.push(this.#hold(mine));
      } catch {
        // Another process was faster.
      }
    }
    return entries;
  }

  /** Puts quarantined entries back among those that wait, without an owner. Rejects if the directory cannot be read. */
  async restore(): Promise<void> {
    const aside = join(this.directory, REFUSED);
    if (!isTrusted(this.directory) || !isTrusted(aside)) return;
    for await (const { path, ...found } of listEntries(aside)) {
      try {
        renameSync(path, join(this.directory, showName({ ...found, owner: NOBODY })));
      } catch (error) {
        // Another process was faster, or it was dropped as the oldest.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      rmSync(`${path}.reason`, { force: true });
    }
  }

  #hold(about: SpoolName, bytes?: Buffer): Entry {
    const { id, part } = about;
    const name = showName(about);
    const key = `${id}.${part}`;
    this.#remember(key, bytes);
    const path = join(this.directory, name);
    /** Moves the file; one that has gone from the directory is written again. */
    const move = (directory: string, as: string) => {
      try {
        renameSync(path, join(directory, as));
      } catch (error) {
        this.#writeAgain(error, key, directory, as);
      }
    };
    return {
      id,
      part,
      place: this.directory,
      isStored: true,
      bytes: 0,
      read: () => {
        const text = this.#known.get(key) ?? this.#reserve.use(() => readTrusted(path));
        return text
          .toString()
          .split('\n')
          .filter((line) => line !== '');
      },
      remove: () => {
        this.#known.delete(key);
        requireLocal(this.directory);
        rmSync(path, { force: true });
      },
      refuse: (reason) => {
        const aside = join(this.directory, REFUSED);
        prepareDirectory(aside);
        move(aside, name);
        this.#known.delete(key);
        try {
          this.#write(aside, `${name}.reason`, Buffer.from(`${reason}\n`));
        } catch {
          // The report is safe; on a full disk its reason is not.
        }
        return aside;
      },
      touch: () => {
        requireLocal(this.directory);
        const now = new Date();
        try {
          utimesSync(path, now, now);
        } catch (error) {
          this.#writeAgain(error, key, this.directory, name);
        }
      },
      release: () => {
        requireLocal(this.directory);
        move(this.directory, showName({ ...about, owner: NOBODY }));
        this.#known.delete(key);
      },
    };
  }

  #remember(key: string, bytes: Buffer | undefined): void {
    this.#known.set(key, bytes);
    let total = [...this.#known.values()].reduce((sum, one) => sum + (one?.length ?? 0), 0);
    for (const [oldest, one] of this.#known) {
      if (total <= MAX_MIRROR_BYTES) return;
      total -= one?.length ?? 0;
      this.#known.set(oldest, undefined);
    }
  }

  #writeAgain(error: unknown, key: string, directory: string, name: string): void {
    const bytes = this.#known.get(key);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || bytes === undefined) throw error;
    prepareDirectory(directory);
    this.#write(directory, name, bytes);
  }

  #write(directory: string, name: string, bytes: Buffer): void {
    this.#reserve.use(() => writeAtomically(directory, name, bytes));
  }
}
