import { readFunction, type SharedFunction } from './functions.js';
import {
  type Heap,
  isFunction,
  isString,
  readElement,
  readField,
  readLength,
  toSmi,
  typeOf,
  typeOfMap,
} from './heap.js';
import { readString } from './strings.js';

/** Objects of a program, read as their Map describes them. A value is a word: a Smi, or a pointer. */

const MAX_NAME = 80;
const MAX_MAPS_BACK = 200;
const MAX_PROPERTIES = 1000;
const MAX_DICTIONARY = 3 * 4096;
/** PropertyArray: its length is in the ten lowest bits of a Smi. */
const PROPERTY_ARRAY_MASK = 1023;

/** The instance type and the size in bytes that a Map gives; 0 for objects that differ in size. */
export interface MapFacts {
  readonly type: number;
  readonly bytes: number;
}

export function readMapFacts(heap: Heap, map: number): MapFacts | undefined {
  const type = typeOfMap(heap, map);
  const words = type < 0 ? undefined : heap.memory.bytes(map - 1 + heap.layout.properties.sizeInWords, 1);
  return words && { type, bytes: (words[0] ?? 0) * 8 };
}

export function isReceiver({ layout }: Heap, type: number): boolean {
  return type >= layout.objects.firstReceiver;
}

/** A FixedArray, or a table that is laid out like one: their types are side by side. */
export function isArrayLike({ layout }: Heap, type: number): boolean {
  return type >= layout.types.fixedArray && type < layout.types.byteArray;
}

/** The bytes of an object that may hold pointers; 0 for a kind that is not followed: a string, code, a description. */
export function sizeOf(heap: Heap, pointer: number, { type, bytes }: MapFacts): number {
  const { types, objects, promises } = heap.layout;
  const counted = (max: number) => {
    const length = readLength(heap, pointer);
    return length >= 0 && length <= max ? heap.layout.arrays.elements + length * 8 : 0;
  };
  if (isReceiver(heap, type)) return bytes;
  if (isArrayLike(heap, type)) return counted(2 ** 27);
  if (type >= types.firstContext && type <= types.lastContext) return counted(2 ** 20);
  if (type === objects.propertyArray) {
    const length = readLength(heap, pointer);
    return Number.isNaN(length) ? 0 : heap.layout.arrays.elements + (length & PROPERTY_ARRAY_MASK) * 8;
  }
  const isFixed = [objects.cell, objects.propertyCell, promises.reaction, promises.capability, promises.request];
  return isFixed.includes(type) ? bytes : 0;
}

/** A property that an object has itself: its name, the word with its value, and where that is. */
export interface Property {
  /** A string or a symbol. */
  readonly key: number;
  readonly value: number;
  /** In bytes from the object's start; undefined if it is elsewhere. */
  readonly offset?: number;
  /** Index of the object's PropertyArray. */
  readonly index?: number;
}

/** A property as a Map describes it: its name, and where an object of that Map has its value. */
type Described = Pick<Property, 'key' | 'offset' | 'index'>;

/** Those that its Map describes, in their order; none of a dictionary. */
export function* listProperties(heap: Heap, pointer: number): Generator<Property> {
  for (const described of describeProperties(heap, readField(heap, pointer, 0))) {
    const { offset, index = 0 } = described;
    const value =
      offset === undefined
        ? readField(heap, readField(heap, pointer, 8), heap.layout.arrays.elements + index * 8)
        : readField(heap, pointer, offset);
    yield { ...described, value };
  }
}

/** The properties of all objects of a Map. */
export function* describeProperties(heap: Heap, map: number): Generator<Described> {
  const { properties, objects } = heap.layout;
  const bits = heap.memory.uint32(map - 1 + objects.bits);
  if (Number.isNaN(bits) || isDictionary(heap, map)) return;
  const count = Math.min(MAX_PROPERTIES, (bits & objects.countMask) >>> objects.countShift);
  const bytes = heap.memory.bytes(map - 1, 16);
  const start = bytes?.[properties.startInWords] ?? 0;
  const inObject = (bytes?.[properties.sizeInWords] ?? 0) - start;
  const descriptors = readField(heap, map, properties.descriptors);
  for (let number = 0; number < count; number += 1) {
    const entry = descriptors - 1 + properties.firstDescriptor + number * properties.descriptorWords * 8;
    const details = toSmi(heap.memory.word(entry + properties.details * 8));
    if (Number.isNaN(details)) return;
    if ((details & properties.locationMask) !== properties.locationField) continue;
    const key = heap.memory.word(entry + properties.key * 8);
    const at = (details & properties.indexMask) >>> properties.indexShift;
    if (at < inObject) {
      yield { key, offset: (start + at) * 8 };
      continue;
    }
    yield { key, index: at - inObject };
  }
}

export function isDictionary(heap: Heap, map: number): boolean {
  const { bits, dictionaryShift } = heap.layout.objects;
  return ((heap.memory.uint32(map - 1 + bits) >>> dictionaryShift) & 1) === 1;
}

/** The value of a property by its name, or by its symbol's description in brackets; NaN if the object has none. */
export function readProperty(heap: Heap, pointer: number, name: string): number {
  if (!isReceiver(heap, typeOf(heap, pointer))) return Number.NaN;
  for (const { key, value } of listProperties(heap, pointer)) if (readKey(heap, key) === name) return value;
  if (!isDictionary(heap, readField(heap, pointer, 0))) return Number.NaN;
  const table = readField(heap, pointer, 8);
  const length = Math.min(readLength(heap, table), MAX_DICTIONARY);
  for (let index = 0; index + 2 < length; index += 1) {
    if (readKey(heap, readElement(heap, table, index)) !== name) continue;
    // Only a key has its value and a number of details behind it: a value may be such a name, too.
    if (!Number.isNaN(toSmi(readElement(heap, table, index + 2)))) return readElement(heap, table, index + 1);
  }
  return Number.NaN;
}

/** A name as it is written, `[description]` for a symbol; undefined for anything else. */
export function readKey(heap: Heap, word: number): string | undefined {
  const type = typeOf(heap, word);
  if (type === heap.layout.objects.symbol) {
    const name = readField(heap, word, heap.layout.objects.symbolName);
    return `[${readString(heap, name, MAX_NAME) ?? ''}]`;
  }
  return isString(heap, type) ? readString(heap, word, MAX_NAME) : undefined;
}

/** NaN if the word is no number. */
export function readNumber(heap: Heap, word: number): number {
  const smi = toSmi(word);
  const { heapNumber, number } = heap.layout.objects;
  if (!Number.isNaN(smi) || typeOf(heap, word) !== heapNumber) return smi;
  return heap.memory.bytes(word - 1 + number, 8)?.readDoubleLE(0) ?? Number.NaN;
}

/** Undefined if the word is neither `true` nor `false`. */
export function readBoolean(heap: Heap, word: number): boolean | undefined {
  const { oddball, oddballKind, oddballTrue, oddballFalse } = heap.layout.objects;
  if (typeOf(heap, word) !== oddball) return undefined;
  const kind = toSmi(readField(heap, word, oddballKind));
  return kind === oddballTrue ? true : kind === oddballFalse ? false : undefined;
}

/** The function that makes objects of a Map: `constructor` of its prototype, else as the Map tells. */
export function readConstructor(heap: Heap, map: number): SharedFunction | undefined {
  const { objects } = heap.layout;
  let prototype = readField(heap, map, objects.prototype);
  for (let depth = 0; depth < 2 && isReceiver(heap, typeOf(heap, prototype)); depth += 1) {
    const own = readProperty(heap, prototype, 'constructor');
    const found = isFunction(heap, own) ? readFunction(heap, own) : undefined;
    if (found?.name) return found;
    prototype = readField(heap, readField(heap, prototype, 0), objects.prototype);
  }
  const maker = findMaker(heap, map);
  return maker === 0 ? undefined : readFunction(heap, maker);
}

/** The function whose objects a Map was made for; 0 if it has none. */
export function findMaker(heap: Heap, map: number): number {
  let at = map;
  for (let count = 0; count < MAX_MAPS_BACK && typeOfMap(heap, at) >= 0; count += 1)
    at = readField(heap, at, heap.layout.objects.constructorOrBack);
  return isFunction(heap, at) ? at : 0;
}
