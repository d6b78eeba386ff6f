import { type Call, describeCall } from '../calls.js';
import { startDeadline } from '../deadline.js';
import { readSharedFunction } from '../functions.js';
import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import { findKeepers, type Lengths, type LongCollection, type TableTypes } from './collections.js';
import type { MapCount } from './map-entries.js';
import { type Counted, countObjects } from './walk.js';

/** The objects of a heap, counted. */
export interface Census<Place = Call> {
  readonly objects: number;
  readonly bytes: number;
  /** Objects by their class, object literals by their shape, and kinds of V8's own; the most bytes first. */
  readonly classes: readonly CensusClass<Place>[];
  /** Closures by their function; the most first. */
  readonly closures: readonly { readonly place: Place; readonly count: number }[];
  /** `upTo`: bytes of the largest of them. */
  readonly strings: readonly { readonly upTo: number; readonly count: number; readonly bytes: number }[];
  /** Arrays, Maps and Sets that are not empty. `upTo`: the length of the longest of them. */
  readonly lengths: readonly ({ readonly upTo: number } & Lengths[number])[];
  /** The longest first. */
  readonly longest: readonly LongCollection[];
  readonly isWhole: boolean;
}

export interface CensusClass<Place = Call> {
  readonly name: string;
  /** Where the class is; undefined of V8's and Node's own. */
  readonly place?: Place;
  readonly count: number;
  readonly bytes: number;
}

const COUNT: Budget = { bytes: 16 * 1024 ** 3, ms: 5000 };
const NAME: Budget = { bytes: 1024 ** 3, ms: 1000 };
/** After this time, a heap whose objects were moved is not counted again. */
const LAST_TRY_MS = COUNT.ms / 2;
const MAX_CLOSURES = 30;
/** Fewer objects of a shape may be a table, whose keys are data. */
const MIN_SHAPE = 100;

/** Counts the objects of an isolate: 2 to 4 ms of CPU time a MB. */
export function takeCensus(reading: Reading, layout: SuspendedLayout, isolate: number, tables: TableTypes): Census {
  const isLate = startDeadline(LAST_TRY_MS);
  const startMs = performance.now();
  const count = () => {
    const ms = Math.max(LAST_TRY_MS, COUNT.ms - (performance.now() - startMs));
    return countOnce(reading, layout, isolate, tables, { ...COUNT, ms });
  };
  let taken = count();
  while (taken.hasMoved && !isLate()) {
    const again = count();
    // One that was cut tells less than one in which some were moved.
    if (taken.told.isWhole && !again.told.isWhole) break;
    taken = again;
  }
  const { counted, told, hasMoved } = taken;
  const longest = findKeepers(reading, counted.heap, counted.collections.longest());
  reading.memory.refresh();
  return { ...told, longest, isWhole: told.isWhole && !hasMoved };
}

/** `hasMoved`: a collection has moved objects meanwhile, or given pages back: some were missed or counted twice. */
function countOnce(reading: Reading, layout: SuspendedLayout, isolate: number, tables: TableTypes, budget: Budget) {
  reading.memory.begin(budget);
  reading.scripts.begin();
  const counted = countObjects(reading, layout, isolate, tables);
  const isWhole = counted.isWhole && !reading.memory.isSpent();
  reading.memory.begin(NAME);
  const closures = [...counted.closures].sort(([, one], [, other]) => other - one).slice(0, MAX_CLOSURES);
  const told = {
    objects: counted.maps.reduce((sum, { count }) => sum + count, 0),
    bytes: counted.maps.reduce((sum, { bytes }) => sum + bytes, 0),
    classes: sumClasses(counted.maps),
    closures: closures.flatMap(([shared, count]) => {
      const called = readSharedFunction(reading, shared);
      return called ? [{ place: describeCall(reading, called, -1, 0, 'none'), count }] : [];
    }),
    strings: listSizes(counted),
    lengths: listLengths(counted),
    isWhole,
  };
  return { counted, told, hasMoved: !counted.witnesses.areInPlace(reading, layout, isolate) };
}

function sumClasses(maps: readonly MapCount[]): readonly CensusClass[] {
  const rows = new Map<string, { name: string; place?: Call; count: number; bytes: number }>();
  for (const { name: named, count, bytes } of maps) {
    const name = named.shape !== undefined && count >= MIN_SHAPE ? named.shape : named.name;
    const { place } = named;
    const key = `${name} ${place?.file}:${place?.enclosingLine}:${place?.enclosingColumn}`;
    const row = rows.get(key) ?? { name, ...(place ? { place } : {}), count: 0, bytes: 0 };
    row.count += count;
    row.bytes += bytes;
    rows.set(key, row);
  }
  return [...rows.values()].sort((one, other) => other.bytes - one.bytes);
}

function listSizes({ strings }: Counted): Census['strings'] {
  return strings.flatMap(({ count, bytes }, bits) => (count === 0 ? [] : [{ upTo: 2 ** bits - 1, count, bytes }]));
}

function listLengths({ collections }: Counted): Census['lengths'] {
  return collections.lengths().flatMap((one, bits) => {
    const isEmpty = one.array + one.map + one.set === 0;
    return isEmpty ? [] : [{ upTo: 2 ** bits - 1, ...one }];
  });
}
