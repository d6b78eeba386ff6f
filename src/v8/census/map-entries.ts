import { typeOfMap } from '../heap.js';
import { isArrayLike, readMapFacts } from '../objects.js';
import type { Reading } from '../reading.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import type { CollectionKind, TableTypes } from './collections.js';
import { type MapName, nameMap } from './map-names.js';

/** All objects of one Map. */
export interface MapCount {
  readonly name: MapName;
  count: number;
  bytes: number;
}

/** How the size of an object is found: given by its Map, or by a number at its start, times a unit. */
export interface MapEntry extends MapCount {
  /** 0: it differs. */
  readonly fixed: number;
  /** Half word with the number; -1 if the size cannot be told: the object goes on to the next one. */
  readonly lengthAt: number;
  readonly header: number;
  readonly unit: number;
  /** Of a number that has other bits, too. */
  readonly mask: number;
  readonly isString: boolean;
  readonly isClosure: boolean;
  /** An array, or the table of a Map or Set, and the half word with its length. */
  readonly collection?: { readonly kind: CollectionKind; readonly at: number };
  /** No object: free memory. */
  readonly isFree: boolean;
}

/** Of a word that is no Map. */
export const NO_MAP: MapEntry = {
  name: { name: '' },
  count: 0,
  bytes: 0,
  fixed: 0,
  lengthAt: -1,
  header: 0,
  unit: 0,
  mask: -1,
  isString: false,
  isClosure: false,
  isFree: false,
};

/** Makes a function that reads of each word whether it is a Map, and how large its objects are. */
export function createEntryReader(
  reading: Reading,
  { free }: SuspendedLayout,
  tables: TableTypes,
): (word: number) => MapEntry {
  const { types, objects, strings, arrays, code, promises } = reading.layout;
  const tableAt = arrays.elements / 4;
  const freeType = typeOfMap(reading, free.map);
  const isWide = (type: number) => (type & strings.encodingMask) !== strings.oneByte;
  /** Of a number that is a Smi, which is in the upper half. */
  const smi = arrays.length / 4 + 1;
  return (map) => {
    const facts = readMapFacts(reading, map);
    if (!facts) return NO_MAP;
    const { type, bytes } = facts;
    const isString = type < types.firstNonString;
    const isClosure = type >= types.firstFunction && type <= types.lastFunction;
    const common: MapEntry = { ...NO_MAP, name: nameMap(reading, map, type), isString, isClosure };
    // Free space, and the fillers of a word or two, whose type is the one below.
    if (type === freeType) return { ...common, isFree: true, lengthAt: 3, unit: free.unit };
    if (type === freeType - 1) return { ...common, isFree: true, fixed: bytes };
    if (type === objects.array && bytes > 0)
      return { ...common, fixed: bytes, collection: { kind: 'array', at: promises.elements / 4 + 2 } };
    if (bytes > 0) return { ...common, fixed: bytes };
    if (isString) {
      const [header, unit] = isWide(type) ? [strings.twoByteCharacters, 2] : [strings.oneByteCharacters, 1];
      return { ...common, lengthAt: strings.length / 4, header, unit };
    }
    const isContext = type >= types.firstContext && type <= types.lastContext;
    const isMap = type === tables.map;
    if (isMap || type === tables.set) {
      const collection = { kind: isMap ? 'map' : 'set', at: tableAt } as const;
      return { ...common, lengthAt: smi, header: arrays.elements, unit: 8, collection };
    }
    if (isArrayLike(reading, type) || isContext || type === objects.doubleArray)
      return { ...common, lengthAt: smi, header: arrays.elements, unit: 8 };
    if (type === objects.propertyArray)
      return { ...common, lengthAt: smi, header: arrays.elements, unit: 8, mask: 1023 };
    if (type === types.byteArray || type === types.trustedByteArray)
      return { ...common, lengthAt: smi, header: arrays.elements, unit: 1 };
    if (type === types.bytecodeArray) return { ...common, lengthAt: smi, header: code.bytecodeData, unit: 1 };
    if (type === types.weakArrayList) return { ...common, lengthAt: smi, header: arrays.weakElements, unit: 8 };
    return common;
  };
}

/** The size of the object at a half word, in bytes; 0 if it cannot be told. */
export function sizeAt(words: Int32Array, at: number, entry: MapEntry): number {
  if (entry.fixed > 0) return entry.fixed;
  if (entry.lengthAt < 0) return 0;
  const length = (words[at + entry.lengthAt] as number) & entry.mask;
  return length < 0 ? 0 : Math.ceil((entry.header + length * entry.unit) / 8) * 8;
}
