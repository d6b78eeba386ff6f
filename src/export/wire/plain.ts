import { isMap, type Value, type ValueMap } from '../../report.js';

/** Deeper levels are replaced by a note: encoders of OTLP recurse. */
const MAX_DEPTH = 64;
const MAX_KEY = 1024;
/** Tempo cuts an attribute at 2,048 bytes. */
const MAX_ATTRIBUTE_CHARACTERS = 1000;

/**
 * The same value as plain data that survives OTLP's JSON encoding. One value that does not parse makes a collector
 * refuse the whole request: the SDK encodes NaN as `doubleValue: null`, 1e20 as an `intValue` out of range.
 */
export function makePlain(value: unknown, depth = 0): Value {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'boolean':
      return value;
    case 'number':
      return makePlainNumber(value);
    case 'object':
      break;
    case 'undefined':
      return null;
    case 'function':
      return '[function]';
    default:
      return String(value);
  }
  if (value === null) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return `[cut: deeper than ${MAX_DEPTH} levels]`;
  if (Array.isArray(value)) return value.map((item) => makePlain(item, depth + 1));
  return makePlainMap(value, depth);
}

/** The beginning of a text that is too long for an attribute, and a word that says so. */
export function cut(text: string, max = MAX_ATTRIBUTE_CHARACTERS, word = `[cut: ${text.length} characters]`): string {
  const whole = text.toWellFormed();
  return whole.length <= max ? whole : `${whole.slice(0, max).toWellFormed()}… ${word}`;
}

/** Bytes of a value as JSON. */
export function jsonBytes(value: Value): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** A list's maps. */
export function listMaps(value: Value | undefined): readonly ValueMap[] {
  return Array.isArray(value) ? value.filter((item: Value) => isMap(item)) : [];
}

/** A text; empty if it is anything else. */
export function readText(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

function makePlainNumber(value: number): Value {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return String(value);
  return value === 0 ? 0 : value;
}

function makePlainMap(value: object, depth: number): Value {
  const entries: [string, Value][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    entries.push([cut(key, MAX_KEY), makePlain(item, depth + 1)]);
  }
  return Object.fromEntries(entries);
}
