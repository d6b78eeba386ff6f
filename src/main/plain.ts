import { types } from '../node-util.js';
import type { Value } from '../report.js';
import { boundText, MAX_CHARACTERS } from './characters.js';
import { nameError, nameStack, tellError } from './error-text.js';
import { quietly } from './quietly.js';

/** Bounds of a registered section, over all its values; of its characters there is one, too. */
const MAX_ITEMS = 10_000;
const MAX_DEPTH = 20;
const MAX_BYTES_SHOWN = 32;

interface Walk {
  characters: number;
  items: number;
  /** The objects that are being walked, with their paths. */
  readonly open: Map<object, string>;
}

/**
 * Converts any value of an application to plain data. It never throws and always ends. A note takes the place of a value that
 * was cut, is circular or threw.
 *
 * Maps with text keys and Errors become maps, Sets and other Maps lists, Dates ISO 8601, BigInts, Symbols, functions,
 * NaN and infinities their text, bytes their length and first 32 in hexadecimal. `toJSON` is honoured.
 */
export function toPlain(value: unknown): Value {
  return orNote(() => convert(value, '$', { characters: 0, items: 0, open: new Map() }));
}

function convert(value: unknown, path: string, walk: Walk): Value {
  switch (typeof value) {
    case 'string':
      return takeText(value, walk);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return takeText(value.toString(), walk);
    case 'undefined':
      return 'undefined';
    case 'symbol':
      return takeText(String(value), walk);
    case 'function':
      return orNote(() => `[function ${value.name || 'anonymous'}]`);
    default:
      return value === null ? null : orNote(() => convertObject(value as object, path, walk));
  }
}

function convertObject(value: object, path: string, walk: Walk): Value {
  const seen = walk.open.get(value);
  if (seen !== undefined) return `[circular: ${seen}]`;
  if (walk.open.size >= MAX_DEPTH) return `[deeper than ${MAX_DEPTH} levels]`;
  walk.open.set(value, path);
  try {
    return convertOpen(value, path, walk);
  } finally {
    walk.open.delete(value);
  }
}

function convertOpen(value: object, path: string, walk: Walk): Value {
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (types.isRegExp(value)) return String(value);
  if (types.isPromise(value)) return '[promise]';
  if (types.isBoxedPrimitive(value)) return convert(value.valueOf(), path, walk);
  if (types.isArrayBufferView(value)) return showBytes(value.buffer, value.byteOffset, value.byteLength);
  if (types.isAnyArrayBuffer(value)) return showBytes(value, 0, value.byteLength);
  if (types.isNativeError(value)) return convertError(value, path, walk);
  const toJson: unknown = Reflect.get(value, 'toJSON');
  if (typeof toJson === 'function') {
    const json: unknown = toJson.call(value, '');
    return json === value ? convertKeys(value, path, walk) : convert(json, path, walk);
  }
  if (Array.isArray(value))
    return takeItems(value, value.length, walk, (item, i) => convert(item, `${path}[${i}]`, walk));
  if (types.isSet(value)) return takeItems(value, value.size, walk, (item, i) => convert(item, `${path}[${i}]`, walk));
  if (types.isMap(value)) return convertMap(value, path, walk);
  if (types.isWeakMap(value) || types.isWeakSet(value)) return '[weak collection]';
  return convertKeys(value, path, walk);
}

function convertMap(map: ReadonlyMap<unknown, unknown>, path: string, walk: Walk): Value {
  const keys = [...map.keys()];
  const isText = keys.every((key) => typeof key === 'string' || typeof key === 'number');
  // A number and its text are two keys.
  if (!isText || new Set(keys.map(String)).size < keys.length) {
    return takeItems(map, map.size, walk, ([key, item], i) => ({
      key: convert(key, `${path}[${i}].key`, walk),
      value: convert(item, `${path}[${i}].value`, walk),
    }));
  }
  return takeEntries(keys.map(String), keys.length, walk, (key, i) =>
    convert(map.get(keys[i]), `${path}.${key}`, walk),
  );
}

function convertError(error: Error, path: string, walk: Walk): Value {
  const own = Object.keys(error).filter((key) => !['name', 'message', 'stack', 'cause', 'errors'].includes(key));
  const shown = ['name', 'message', 'stack', 'cause', 'errors'].filter((key) => quietly(() => key in error));
  const absent = (key: string) => (key === 'cause' || key === 'errors') && Reflect.get(error, key) === undefined;
  const keys = [...shown.filter((key) => !absent(key)), ...own];
  return takeEntries(keys, keys.length, walk, (key) => {
    if (key === 'name') return orNote(() => convert(nameError(error), `${path}.name`, walk));
    if (key === 'stack') return orNote(() => convert(nameStack(error), `${path}.stack`, walk));
    return readKey(error, key, path, walk);
  });
}

function convertKeys(value: object, path: string, walk: Walk): Value {
  const keys = Object.keys(value);
  return takeEntries(keys, keys.length, walk, (key) => readKey(value, key, path, walk));
}

function readKey(value: object, key: string, path: string, walk: Walk): Value {
  return orNote(() => convert(Reflect.get(value, key), `${path}.${key}`, walk));
}

function takeItems<T>(
  items: Iterable<T>,
  count: number,
  walk: Walk,
  toValue: (item: T, index: number) => Value,
): Value {
  const values: Value[] = [];
  for (const item of items) {
    if (isSpent(walk)) {
      values.push(`… [${count - values.length} of ${count} items cut]`);
      break;
    }
    walk.items += 1;
    values.push(toValue(item, values.length));
  }
  return values;
}

function takeEntries(
  keys: readonly string[],
  count: number,
  walk: Walk,
  toValue: (key: string, index: number) => Value,
): Value {
  // No prototype: a key named __proto__ stays a key.
  const values: Record<string, Value> = Object.create(null);
  for (const [index, key] of keys.entries()) {
    if (isSpent(walk)) {
      values['…'] = `[${count - index} of ${count} keys cut]`;
      break;
    }
    walk.items += 1;
    walk.characters += key.length;
    values[key.toWellFormed()] = toValue(key, index);
  }
  return values;
}

function takeText(text: string, walk: Walk): string {
  const bounded = boundText(text, Math.max(0, MAX_CHARACTERS - walk.characters));
  walk.characters += bounded.length;
  return bounded;
}

function isSpent(walk: Walk): boolean {
  return walk.items >= MAX_ITEMS || walk.characters >= MAX_CHARACTERS;
}

function showBytes(buffer: ArrayBufferLike, offset: number, length: number): string {
  const shown = Buffer.from(buffer, offset, Math.min(length, MAX_BYTES_SHOWN)).toString('hex');
  return `[${length} bytes${length > 0 ? `: ${shown}` : ''}${length > MAX_BYTES_SHOWN ? '…' : ''}]`;
}

/** The result of `make`; if it throws, a note with the error. */
function orNote(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    return `[threw: ${tellError(error)}]`;
  }
}
