import { rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { indexName } from './data-files.js';
import { type Entry, hashStart, IndexWriter, type Row, readIndex, readStart } from './index-file.js';
import type { Kind } from './kind.js';
import { readPlace, readPlacedLines } from './lines.js';
import { BACKGROUND_MS, createSlices } from './slices.js';

/** A line in a file. */
export interface Place<T> {
  readonly file: IndexedFile<T>;
  readonly offset: number;
  readonly bytes: number;
}

interface Options<T> {
  /** `device:inode`. */
  readonly identity: string;
  readonly kind: Kind<T>;
  onRows(rows: readonly Row[], place: Place<T>): void;
  /** Called when nothing that was learnt of the file is true any more. */
  onReset(file: IndexedFile<T>): void;
  /** Called when there is so much to read that it takes a while. */
  onBacklog(): void;
  /** Whether `flush` will be called. */
  readonly keepsRows: boolean;
}

/** Entries that wait while the index cannot be written. */
const MAX_WAITING = 5000;
/** Reading so much takes a while. */
const BACKLOG_BYTES = 4 * 2 ** 20;
/** Entries that wait for `flush` in a long read. */
const MAX_PENDING = 500;

/** A file of lines, which only grows, and its index. */
export class IndexedFile<T> {
  readonly #options: Options<T>;
  #path: string;
  #writer: IndexWriter | undefined;
  /** Bytes of the file whose things are known. */
  #end = 0;
  #isLoaded = false;
  #pending: Entry[] = [];
  /** The hash of its first bytes, once a line is known. */
  #start: string | undefined;
  /** Whether another file may have got its inode: the system gives that of a deleted file to the next one. */
  #isDoubted = false;

  constructor(path: string, options: Options<T>) {
    this.#path = path;
    this.#options = options;
    this.rename(path);
  }

  /** Called for each look into a directory that has changed. */
  rename(path: string): void {
    // Of files that were rotated, and of a spool's, each has a name of its own.
    this.#isDoubted ||= path !== this.#path || /^\w+\.jsonl$/.test(basename(path));
    if (path === this.#path && this.#writer) return;
    this.#path = path;
    const index = this.#indexPath;
    this.#writer = index === undefined ? undefined : new IndexWriter(index);
  }

  /** Below 0 if this file is older than `other`. `logs-2026….jsonl` comes before `logs.jsonl`. */
  order(other: IndexedFile<T>): number {
    return this.#path < other.#path ? -1 : this.#path > other.#path ? 1 : 0;
  }

  isNext(offset: number): boolean {
    return this.#isLoaded && offset === this.#end;
  }

  /** Empty if the file was deleted or renamed since it was last looked at. @throws the system's error */
  async readText(offset: number, bytes: number): Promise<string> {
    try {
      return (await readPlace(this.#path, offset, bytes, this.#options.identity)).toString('utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return '';
    }
  }

  /** The rows of a line that was read before. @throws the system's error */
  async readRows(offset: number, bytes: number): Promise<readonly Row[]> {
    const things = (await this.#extract(await this.readText(offset, bytes))) ?? [];
    return things.map((thing) => this.#options.kind.toRow(thing));
  }

  async add(entry: Entry): Promise<void> {
    const place = { file: this, offset: entry.offset, bytes: entry.bytes };
    this.#end = entry.offset + entry.bytes;
    this.#start ??= await hashStart(this.#path).catch(() => undefined);
    if (entry.rows.length > 0) this.#options.onRows(entry.rows, place);
    if (this.#options.keepsRows && this.#writer) this.#pending.push(entry);
    else this.#pending = [];
  }

  /** Reads what is not known yet. @returns false if the file is gone @throws the system's error */
  async catchUp(): Promise<boolean> {
    try {
      const { size, dev, ino } = await stat(this.#path);
      // It was renamed since it was listed, and another file has its name: the next look finds both.
      if (`${dev}:${ino}` !== this.#options.identity) return false;
      if (size - this.#end > BACKLOG_BYTES) this.#options.onBacklog();
      if (!this.#isLoaded) await this.#load(size);
      const isOther = this.#isDoubted && this.#end > 0 && this.#start !== (await hashStart(this.#path));
      this.#isDoubted = false;
      if (size < this.#end || isOther) await this.#reset();
      if (size > this.#end) await this.#scan();
      return true;
    } catch (error) {
      // It was deleted since it was listed: it was the oldest.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** Writes the entries that wait. @throws the system's error; they then go on waiting */
  async flush(): Promise<void> {
    if (this.#pending.length === 0 || !this.#writer) return;
    // Another program may have given the name to the next file: the next look finds out.
    const named = await stat(this.#path).catch(() => undefined);
    if (`${named?.dev}:${named?.ino}` !== this.#options.identity) return;
    try {
      const written = this.#pending.length;
      await this.#writer.append(this.#pending, await readStart(this.#path));
      this.#pending = this.#pending.slice(written);
    } catch (error) {
      // The index then ends here, and the next start reads the rest from the lines.
      if (this.#pending.length > MAX_WAITING) this.#writer = undefined;
      throw error;
    }
  }

  get #indexPath(): string | undefined {
    const name = indexName(basename(this.#path));
    return name === undefined ? undefined : join(dirname(this.#path), name);
  }

  async #load(size: number): Promise<void> {
    this.#isLoaded = true;
    const index = this.#indexPath;
    if (index === undefined) return;
    const onEntry = ({ offset, bytes, rows }: Entry) => {
      this.#end = offset + bytes;
      if (rows.length > 0) this.#options.onRows(rows, { file: this, offset, bytes });
    };
    const end = await readIndex(index, this.#path, size, onEntry).catch(() => undefined);
    if (end === undefined) await this.#reset();
    if (this.#end > 0) this.#start = await hashStart(this.#path);
  }

  /** Forgets everything, so that the file is read again. An index that this program writes is made again. */
  async #reset(): Promise<void> {
    if (this.#end > 0) this.#options.onReset(this);
    this.#end = 0;
    this.#start = undefined;
    this.#pending = [];
    const index = this.#indexPath;
    if (index === undefined || !this.#options.keepsRows) return;
    await rm(index, { force: true }).catch(() => {});
    this.#writer = new IndexWriter(index);
  }

  async #scan(): Promise<void> {
    const { kind } = this.#options;
    const slice = createSlices(BACKGROUND_MS);
    for await (const { text, offset, bytes, isEnded } of readPlacedLines(this.#path, { start: this.#end })) {
      const things = text.includes(kind.word) ? await this.#extract(text) : [];
      // The line is still being written, or was cut: the next look reads it again.
      if (!isEnded && (things === undefined || things.length === 0)) return;
      await this.add({ offset, bytes, rows: (things ?? []).map((thing) => kind.toRow(thing)) });
      if (this.#pending.length >= MAX_PENDING) await this.flush().catch(() => {});
      const pause = slice();
      if (pause) await pause;
    }
  }

  /** Undefined for a line that a full disk or the end of a process has cut. The other lines are read as usual. */
  async #extract(line: string): Promise<readonly T[] | undefined> {
    try {
      return await this.#options.kind.extract(JSON.parse(line));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
      throw error;
    }
  }
}
