import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles, listSpooled } from './data-files.js';
import type { Row } from './index-file.js';
import { IndexedFile, type Place } from './indexed-file.js';
import type { Kind } from './kind.js';
import { compareByTime, insertByTime } from './order.js';
import type { Written } from './store.js';

/** A thing and the lines that hold parts of it. Nearly always it is one line, so the place of the first one needs no object of its own. */
interface Item<T> extends Place<T> {
  thing: T;
  more: Place<T>[] | undefined;
}

/** Lines that are kept of one thing: a sender may send the same id again and again. */
const MAX_PLACES = 20_000;
/** `logs.jsonl`, and the file before it, to which another program may be writing still. */
const GROWING = 2;
/** Milliseconds of a file system's clock, at most. */
const TICK_MS = 20;

/**
 * The reports, or traces, of a directory: their facts in memory, and their places in its files. An index beside each file of
 * lines makes it quick to open; lines that the index does not cover are read.
 */
export class Catalogue<T extends { readonly id: string; readonly time: string }> {
  /** Whether there is still much to read: the lists are not complete. */
  isBehind = false;
  readonly #directory: string;
  readonly #kind: Kind<T>;
  readonly #reader: ReturnType<Kind<T>['createReader']>;
  readonly #files = new Map<string, IndexedFile<T>>();
  readonly #items = new Map<string, Item<T>>();
  /** The other lines of things of which some lines are gone. */
  #rest: { readonly id: string; readonly place: Place<T> }[] = [];
  readonly #isWriter: boolean;
  readonly #onTrouble: (sentence: string) => void;
  #order: T[] | undefined;
  #known: T[] | undefined;
  #directoryMark = '';
  #last: Promise<unknown> = Promise.resolve();
  #refreshing: Promise<void> | undefined;

  /** @param onTrouble called if an index cannot be written. Without it no index is written: another program owns the directory */
  constructor(directory: string, kind: Kind<T>, onTrouble?: (sentence: string) => void) {
    this.#directory = directory;
    this.#kind = kind;
    this.#reader = kind.createReader();
    this.#isWriter = onTrouble !== undefined;
    this.#onTrouble = onTrouble ?? (() => {});
  }

  /** All that are known, oldest first. Later ones may be inserted into the same list. */
  list(): readonly T[] {
    this.#order ??= [...this.#items.values()].map(({ thing }) => thing).sort(compareByTime);
    return this.#order;
  }

  /** The same in the order in which they became known: it grows at its end, until something is forgotten. */
  known(): readonly T[] {
    this.#known ??= [...this.#items.values()].map(({ thing }) => thing);
    return this.#known;
  }

  get(id: string): T | undefined {
    return this.#items.get(id)?.thing;
  }

  /** The lines that hold parts of it, in the order in which they came. */
  async *readLines(id: string): AsyncGenerator<string> {
    const places = listPlaces(this.#items.get(id));
    places.sort((a, b) => a.file.order(b.file) || a.offset - b.offset);
    for (const { file, offset, bytes } of places) yield await file.readText(offset, bytes);
  }

  /** Reads the lines that have come since the last refresh. @throws the system's error if the directory cannot be read */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#inTurn(() => this.#look()).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Adds the things of a line that was just written. If its place is not known, they are read from the file. */
  add(things: readonly T[], written: Written | undefined): Promise<void> {
    return this.#inTurn(async () => {
      if (written && !this.#files.has(written.identity)) await this.#look();
      const file = written && this.#files.get(written.identity);
      const rows = things.map((thing) => this.#kind.toRow(thing));
      const isNext = file?.isNext(written?.offset ?? 0) ?? false;
      if (file && written && isNext) {
        await file.add({ offset: written.offset, bytes: written.bytes, rows });
        await this.#flush([file]);
      } else await this.#look();
    });
  }

  async #look(): Promise<void> {
    const { mtimeMs, ino } = await stat(this.#directory);
    const mark = `${ino}:${mtimeMs}`;
    const isChanged = mark !== this.#directoryMark || this.#files.size === 0;
    if (isChanged) await this.#findFiles();
    // A second change within one tick of the file system's clock leaves the time as it is.
    this.#directoryMark = Date.now() - mtimeMs > TICK_MS ? mark : '';
    // Pages want the newest first. Of the files that were renamed, only the last can still grow.
    const newest = [...this.#files.values()].sort((a, b) => b.order(a));
    for (const file of newest.filter((_, index) => isChanged || index < GROWING)) {
      const isGone = !(await file.catchUp());
      if (isGone) this.#directoryMark = '';
    }
    await this.#learnRest();
    this.isBehind = false;
    await this.#flush([...this.#files.values()]);
  }

  async #findFiles(): Promise<void> {
    const spooled = this.#kind.signal === 'logs' ? await listSpooled(this.#directory) : [];
    const names = [...spooled, ...(await listFiles(this.#directory, this.#kind.signal))];
    const present = new Set<string>();
    for (const name of names) {
      const path = join(this.#directory, name);
      const status = await stat(path).catch(() => undefined);
      if (!status?.isFile()) continue;
      const identity = `${status.dev}:${status.ino}`;
      present.add(identity);
      const known = this.#files.get(identity);
      if (known) known.rename(path);
      else {
        const onRows = (rows: readonly Row[], place: Place<T>) => this.#learn(rows, place);
        const onReset = (file: IndexedFile<T>) => this.#forget(new Set([file]));
        const onBacklog = () => {
          this.isBehind = true;
        };
        this.#files.set(
          identity,
          new IndexedFile(path, { identity, kind: this.#kind, onRows, onReset, onBacklog, keepsRows: this.#isWriter }),
        );
      }
    }
    const gone = [...this.#files].filter(([identity]) => !present.has(identity));
    for (const [identity] of gone) this.#files.delete(identity);
    if (gone.length > 0) this.#forget(new Set(gone.map(([, file]) => file)));
  }

  #learn(rows: readonly Row[], place: Place<T>): void {
    for (const row of rows) {
      const thing = this.#reader.read(row);
      const known = this.#items.get(thing.id);
      if (!known) {
        this.#items.set(thing.id, { thing, more: undefined, ...place });
        this.#known?.push(thing);
        if (this.#order) insertByTime(this.#order, thing);
      } else {
        const merged = this.#reader.merge(known.thing, thing);
        known.more ??= [];
        if (known.more.at(-1) !== place && known.more.length < MAX_PLACES) known.more.push(place);
        // Some records of a report come late. Lists and groups hold this object, so it is changed in place.
        if (this.#kind.isAlike(known.thing, merged)) Object.assign(known.thing, merged);
        else {
          known.thing = merged;
          this.#dropLists();
        }
      }
    }
    if (this.#items.size > this.#kind.maxThings * 1.1) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const { id } of this.list().slice(0, this.#items.size - this.#kind.maxThings)) this.#items.delete(id);
    this.#dropLists();
  }

  #forget(files: ReadonlySet<IndexedFile<T>>): void {
    for (const [id, item] of this.#items) {
      const places = listPlaces(item);
      const rest = places.filter(({ file }) => !files.has(file));
      if (rest.length === places.length) continue;
      this.#items.delete(id);
      this.#rest.push(...rest.map((place) => ({ id, place })));
    }
    this.#dropLists();
  }

  /** Nothing tells what a thing had of the lines that are gone, so the others are read again. */
  async #learnRest(): Promise<void> {
    for (const { id, place } of this.#rest.splice(0)) {
      const rows = await place.file.readRows(place.offset, place.bytes);
      const own = rows.filter(([of]) => of === id);
      if (own.length > 0) this.#learn(own, place);
    }
  }

  #dropLists(): void {
    this.#order = undefined;
    this.#known = undefined;
  }

  /** Writes the indexes. An index that cannot be written is made again at the next start. */
  async #flush(files: readonly IndexedFile<T>[]): Promise<void> {
    if (!this.#isWriter) return;
    for (const file of files) {
      try {
        await file.flush();
      } catch (error) {
        this.#onTrouble(`the index of ${this.#kind.signal} cannot be written: ${(error as Error).message}`);
      }
    }
  }

  #inTurn<R>(action: () => Promise<R>): Promise<R> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function listPlaces<T>(item: Item<T> | undefined): Place<T>[] {
  if (!item) return [];
  const { file, offset, bytes, more = [] } = item;
  return [{ file, offset, bytes }, ...more];
}
