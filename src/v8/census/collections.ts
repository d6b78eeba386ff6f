import { startDeadline } from '../deadline.js';
import { readElement, readField, toSmi, typeOf } from '../heap.js';
import { climbAll, startClimb } from '../holders/climb.js';
import { type SearchedHeap, searchReferences } from '../holders/references.js';
import type { Settler } from '../holders/settler.js';
import type { Budget } from '../memory.js';
import { isArrayLike } from '../objects.js';
import type { Reading } from '../reading.js';
import { goOn } from '../steps.js';
import { type OwnThread, withAddresses } from '../suspended/own-objects.js';

export type CollectionKind = 'array' | 'map' | 'set';

/** An array, Map or Set, by its object or by the table that it has. */
export interface Collection {
  readonly kind: CollectionKind;
  readonly pointer: number;
  readonly length: number;
}

/** How many there are, by their length. Empty ones are not counted. */
export type Lengths = readonly { readonly [kind in CollectionKind]: number }[];

/** One of the longest, and the property or variable that refers to it, if that is known. */
export interface LongCollection extends Omit<Collection, 'pointer'> {
  readonly keeper?: Pick<Settler, 'kind' | 'label'>;
}

const MAX_LONGEST = 10;
/** From a table to its Map, from that to the object or variable that has it, through a few of no name. */
const LEVELS = 5;
const SEARCH_MS = 1000;
const SEARCH: Budget = { bytes: 16 * 1024 ** 3, ms: 2 * SEARCH_MS };
const PROVE: Budget = { bytes: 64 * 1024 ** 2, ms: 200 };
const BITS = 32;

/** Collects the lengths while the heap is counted. */
export class Collections {
  readonly #lengths = Array.from({ length: BITS }, () => ({ array: 0, map: 0, set: 0 }));
  #longest: Collection[] = [];

  add(kind: CollectionKind, pointer: number, length: number): void {
    const bits = this.#lengths[BITS - Math.clz32(length)];
    if (!bits || length <= 0) return;
    bits[kind] += 1;
    const last = this.#longest[MAX_LONGEST - 1];
    if (last && last.length >= length) return;
    this.#longest = [...this.#longest, { kind, pointer, length }]
      .sort((one, other) => other.length - one.length)
      .slice(0, MAX_LONGEST);
  }

  /** By the number of bits of the length. */
  lengths(): Lengths {
    return this.#lengths;
  }

  /** The longest first. */
  longest(): readonly Collection[] {
    return this.#longest;
  }
}

/** The instance types of the tables of Maps and Sets; NaN where they are not found. */
export interface TableTypes {
  readonly map: number;
  readonly set: number;
}

export const NO_TABLES: TableTypes = { map: Number.NaN, set: Number.NaN };
/** Our own collections may move the objects that are looked at. */
const TRIES = 3;

/** Undefined if they are not found this time. */
export function learnTableTypes(reading: Reading, own: OwnThread): TableTypes | undefined {
  const { objects, promises } = reading.layout;
  const read = (pointer: number, type: number) => {
    const table = readField(reading, pointer, promises.elements + 8);
    const isRight = typeOf(reading, pointer) === type && toSmi(readElement(reading, table, 0)) === 1;
    return isRight && isArrayLike(reading, typeOf(reading, table)) ? typeOf(reading, table) : Number.NaN;
  };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = withAddresses(reading, own, [new Map([[1, 1]]), new Set([1])], (addresses) => {
      reading.memory.refresh();
      const [map = 0, set = 0] = addresses();
      return { map: read(map, objects.map), set: read(set, objects.set) };
    });
    if (found.map >= 0 && found.set >= 0 && found.map !== found.set) return found;
  }
  return undefined;
}

/** Looks for the things that refer to them, for a second at most. */
export function findKeepers(
  reading: Reading,
  heap: SearchedHeap,
  collections: readonly Collection[],
): readonly LongCollection[] {
  reading.memory.begin(SEARCH);
  const climbs = collections.map(({ pointer }) =>
    startClimb(reading, [{ pointer, isResolve: true, links: [] }], new Map(), new Set(), LEVELS),
  );
  // The ways that were found in that time count, too.
  goOn(climbAll(searchReferences(reading, heap), climbs, new Set()), startDeadline(SEARCH_MS));
  reading.memory.begin(PROVE);
  return collections.map((one, index) => {
    const keeper = isStillThere(reading, one) ? climbs[index]?.best() : undefined;
    const { kind, length } = one;
    return { kind, length, ...(keeper ? { keeper: { kind: keeper.kind, label: keeper.label } } : {}) };
  });
}

/** A collection of garbage may have moved it since it was counted, and another object be where it was. */
function isStillThere({ memory, layout }: Reading, { kind, pointer, length }: Collection): boolean {
  const offset = kind === 'array' ? layout.promises.elements + 8 : layout.arrays.elements;
  return toSmi(memory.freshWord(pointer - 1 + offset)) >= length;
}
