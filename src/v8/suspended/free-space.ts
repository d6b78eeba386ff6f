import { isPointer, typeOfMap } from '../heap.js';
import { readWord } from '../memory.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES, pageOf } from './candidates.js';
import type { PageLayout } from './page-header.js';
import { isYoungPage } from './pages.js';

/**
 * Memory that holds no object: FreeSpace (V8's src/objects/free-space.tq), and the two areas in which an isolate allocates.
 * Dead objects there can still be read, and must not be taken for living ones.
 */
export interface FreeLayout {
  /** The Map of FreeSpace, in the heap that all isolates share. */
  readonly map: number;
  /** In how many bytes its size is counted: 1 up to V8 12, then 8. */
  readonly unit: number;
  /** Where an isolate has the areas: start, top and limit; of the young generation, then of the old one. */
  readonly areas: number;
}

/** IsolateData (V8's src/execution/isolate-data.h), with its first roots. */
const DATA_BYTES = 0x800;
const AREA_BYTES = 24;
const AREA_TRIES = 10;
/** In which a free space tells its size, in bytes. */
const UNITS = [1, 8];
const TWO_32 = 2 ** 32;
/** Free spaces that are made to learn the unit. */
const MADE = 40;
/** Words of each. */
const MADE_ELEMENTS = 283;
/** Memory that was in use before may have a few of the same size. */
const MIN_VOTES = 4;

export function findFreeLayout(reading: Reading, layout: PageLayout, isolate: number): FreeLayout | undefined {
  const { memory } = reading;
  const roots = memory.read(isolate, DATA_BYTES);
  const map = roots && findFreeMap(reading, roots);
  // Read once more: the isolate may be our own, which has gone on allocating.
  const data = memory.read(isolate, DATA_BYTES);
  const areas = data && findAreas(data, (address) => isYoungPage(memory, layout, isolate, address));
  const unit =
    map === undefined || areas === undefined
      ? undefined
      : findUnit(reading, map, () => readTop(reading, { areas }, isolate));
  return map === undefined || areas === undefined || unit === undefined ? undefined : { map, unit, areas };
}

/** The first of the roots, before the two Maps of fillers (roots.h), whose type is the one below its own (instance-type.h). */
function findFreeMap(reading: Reading, data: Buffer): number | undefined {
  const { types } = reading.layout;
  const described = (offset: number) => {
    const map = readWord(data, offset);
    if (!isPointer(map) || typeOfMap(reading, reading.memory.word(map - 1)) !== types.map) return Number.NaN;
    return typeOfMap(reading, map);
  };
  for (let offset = 0; offset + 24 <= data.length; offset += 8) {
    const filler = described(offset + 8);
    if (described(offset) === filler + 1 && described(offset + 16) === filler) return readWord(data, offset);
  }
  return undefined;
}

/**
 * The only run of start, top and limit that is within a page of the young generation. The page is looked at when it is found: while
 * all pages are listed, the isolate may get another one.
 */
function findAreas(data: Buffer, isYoung: (address: number) => boolean): number | undefined {
  const found: number[] = [];
  for (let offset = 0; offset + AREA_BYTES <= data.length; offset += 8) {
    const [start, top, limit] = [0, 8, 16].map((at) => readWord(data, offset + at)) as [number, number, number];
    const isOrdered = start < limit && start <= top && top <= limit;
    const page = pageOf(start);
    if (isOrdered && start % 8 === 0 && top % 8 === 0 && limit - page <= PAGE_BYTES && isYoung(page))
      found.push(offset);
  }
  return found.length === 1 ? found[0] : undefined;
}

/** V8 makes free space of the part of an array's elements that is cut off. */
function makeFreeSpaces(): void {
  for (let count = 0; count < MADE; count += 1) {
    const list: number[] = new Array(MADE_ELEMENTS + 8).fill(0);
    list.length = 8;
  }
}

/**
 * Makes free spaces of an unusual size, and looks in which unit it is written. Where free spaces end does not tell: in a heap of
 * alike objects, a wrong end is the start of one, too. `top` tells where our own thread allocates.
 */
function findUnit({ memory }: Reading, map: number, top: () => number): number | undefined {
  const votes = UNITS.map(() => 0);
  const buffer = Buffer.from(new ArrayBuffer(PAGE_BYTES));
  const words = new Uint32Array(buffer.buffer);
  const [low, high] = [map % TWO_32, Math.floor(map / TWO_32)];
  const before = top();
  makeFreeSpaces();
  // They fill less than a page: they lie in these two.
  for (const page of new Set([before, top()].map((address) => pageOf(address - 1)))) {
    const length = memory.readInto(buffer, page);
    for (let at = 0; at + 4 <= length / 4; at += 2) {
      if (words[at] !== low || words[at + 1] !== high || words[at + 2] !== 0) continue;
      const index = UNITS.indexOf((MADE_ELEMENTS * 8) / (words[at + 3] ?? 0));
      if (index >= 0) votes[index] = (votes[index] ?? 0) + 1;
    }
  }
  const fits = UNITS.filter((_, index) => (votes[index] ?? 0) >= MIN_VOTES);
  return fits.length === 1 ? fits[0] : undefined;
}

/** A run of addresses without objects. */
export interface Gap {
  readonly start: number;
  readonly end: number;
}

/** The part of the areas that nothing has been allocated in yet; the young one's first. NaN where they cannot be read. */
export function readAreas({ memory }: Reading, { areas }: FreeLayout, isolate: number): readonly [Gap, Gap] {
  const read = (address: number) => readArea(() => memory.read(address, AREA_BYTES));
  return [read(isolate + areas), read(isolate + areas + AREA_BYTES)];
}

/** The thread may go on to another area while one is read: a start and an end of two would have everything between them. */
export function readArea(read: () => Buffer | undefined): Gap {
  for (let attempt = 0; attempt < AREA_TRIES; attempt += 1) {
    const content = read();
    if (content?.length !== AREA_BYTES) break;
    const [start, top, limit] = [0, 8, 16].map((at) => readWord(content, at)) as [number, number, number];
    if (start <= top && top <= limit && limit - pageOf(start) <= PAGE_BYTES) return { start: top, end: limit };
  }
  return { start: Number.NaN, end: Number.NaN };
}

/** Where the next object of the young generation comes. NaN if it cannot be read. */
export function readTop({ memory }: Reading, { areas }: Pick<FreeLayout, 'areas'>, isolate: number): number {
  return memory.freshWord(isolate + areas + 8);
}

export function isInGap(address: number, gaps: readonly Gap[]): boolean {
  return gaps.some(({ start, end }) => address >= start && address < end);
}
