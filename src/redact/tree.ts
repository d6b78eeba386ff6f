import type { Value, ValueMap } from '../report.js';
import { isContainer, masksNumber, masksValue, type NameKind } from './kinds.js';
import { bytesOf, judgeKeys, markStrings, namedPair, secretVariables } from './members.js';
import { continuesPem, opensPem } from './pem.js';
import { collect, maskText, type TextMasker } from './text.js';
import { addressSecretStart } from './urls.js';
import { isPlainValue, MASK } from './values.js';

/** No report nests deeper; values below are masked. */
const DEEPEST = 200;
const DEEPEST_JSON = 6;

/** Where a value stands: under which name, and how deep. */
export interface Place {
  readonly kind: NameKind;
  readonly key: string;
  readonly depth: number;
  readonly json: number;
  /** A frame's line of source. */
  readonly code: boolean;
  /** Says whether the application declared the value at these keys secret. */
  readonly declared: ((path: readonly string[]) => boolean) | undefined;
  readonly path: readonly string[];
}

export const TOP: Place = { kind: 'none', key: '', depth: 0, json: 0, code: false, declared: undefined, path: [] };

export function maskTree(value: Value, place: Place, masker: TextMasker): Value {
  if (typeof value === 'string') return maskString(value, place, masker);
  if (value === null || value === undefined) return value;
  if (typeof value === 'number') return maskNumber(value, place, masker);
  if (typeof value !== 'object') return place.kind === 'declared' && typeof value === 'boolean' ? MASK : value;
  if (place.depth >= DEEPEST) return MASK;
  if (masksBytes(value, place.kind, masker)) return MASK;
  return Array.isArray(value) ? maskArray(value, place, masker) : maskMap(value as ValueMap, place, masker);
}

function maskNumber(value: number, place: Place, masker: TextMasker): Value {
  if (!masksNumber(place.kind, value)) return value;
  masker.found(String(value));
  return MASK;
}

function masksBytes(value: Value, kind: NameKind, masker: TextMasker): boolean {
  const bytes = bytesOf(value, kind);
  if (bytes === undefined) return false;
  const text = bytes.toString('utf8');
  if (!isContainer(kind)) return maskText(text, 'text', masker) !== text;
  masker.found(text);
  return true;
}

export function maskString(value: string, place: Place, masker: TextMasker): string {
  const { kind } = place;
  if (kind !== 'none') {
    if (masksValue(kind, value)) {
      collect(value, masker.found);
      return MASK;
    }
    if (kind === 'webhook') return maskWebhook(value, masker);
    if (kind === 'pairs')
      return maskText(`otlp_headers="${value.replaceAll('"', '%22')}"`, 'text', masker).slice(14, -1);
  }
  const masked = maskJson(value, place, masker) ?? maskText(value, place.code ? 'code' : 'text', masker);
  if (kind === 'address' && masked === value && value.length > 3 && !isPlainValue(value) && !/:\/\/|=/.test(value)) {
    masker.found(value);
    return MASK;
  }
  return masked;
}

function maskWebhook(value: string, masker: TextMasker): string {
  const start = addressSecretStart(value);
  if (start === -1) return maskText(value, 'text', masker);
  if (start === value.length) return value;
  masker.found(value.slice(start));
  return value.slice(0, start) + MASK;
}

/** Judges JSON in a string, and JSON in that, as structure. The string is written anew only if it held a secret. */
function maskJson(value: string, place: Place, masker: TextMasker): string | undefined {
  if (value.length < 8 || place.json >= DEEPEST_JSON) return undefined;
  const text = value.trim();
  const ends = `${text[0]}${text.at(-1)}`;
  if (ends !== '{}' && ends !== '[]' && ends !== '""') return undefined;
  let parsed: Value;
  try {
    parsed = JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
  const before = writeJson(parsed);
  const masked = maskTree(parsed, { ...place, json: place.json + 1, depth: place.depth + 1 }, masker);
  const after = JSON.stringify(masked);
  if (after === before) return value;
  return text.includes('\n') ? JSON.stringify(masked, null, 2) : after;
}

/** Undefined if the value nests too deep to be written. */
function writeJson(value: Value): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function maskArray(list: readonly Value[], place: Place, masker: TextMasker): Value {
  const inside = { ...place, depth: place.depth + 1 };
  const strings = list.every((item) => typeof item === 'string') ? (list as readonly string[]) : undefined;
  if (strings === undefined) {
    return list.map((item) => {
      const pair = place.kind === 'none' ? namedPair(item, masker.judge) : undefined;
      return maskTree(item, pair === undefined ? inside : { ...inside, kind: pair }, masker);
    });
  }
  const spans = place.kind === 'none' ? markStrings(strings, masker.judge) : new Map<number, number>();
  let pem = false;
  return strings.map((item, index) => {
    const from = spans.get(index);
    if (from !== undefined) {
      collect(item.slice(from), masker.found);
      return item.slice(0, from) + MASK;
    }
    const closes = item.includes('-----END ');
    if (pem && continuesPem(item)) {
      pem = !closes;
      if (item.trim().length >= 16) masker.found(item.trim());
      return MASK;
    }
    pem = opensPem(item);
    return maskString(item, inside, masker);
  });
}

const SOURCE_KEYS: readonly string[] = ['source', 'sourceBefore', 'sourceAfter'];

function maskMap(map: ValueMap, place: Place, masker: TextMasker): Value {
  const kindOf = judgeKeys(map, place, masker.judge);
  const { json } = place;
  const depth = place.depth + 1;
  const variables = secretVariables(map, masker.judge);
  const isFrame = 'line' in map;
  const entries = Object.keys(map).map((key): [string, Value] => {
    const declared =
      key === 'variables' && variables.size > 0
        ? (path: readonly string[]) => variables.has(path.at(-1) ?? '') || place.declared?.(path) === true
        : place.declared;
    const path = declared === undefined ? place.path : [...place.path, key];
    const kind = declared?.(path) ? 'declared' : kindOf(key);
    const code = isFrame && SOURCE_KEYS.includes(key);
    const value = maskTree(map[key] ?? null, { kind, key, depth, json, code, declared, path }, masker);
    return [maskText(key, 'text', masker), value];
  });
  return joinEntries(entries);
}

/** A map of masked keys, kept distinct, since two may have become the same. `__proto__` is a key like others. */
export function joinEntries(entries: readonly (readonly [key: string, value: Value])[]): ValueMap {
  const joined = new Map<string, Value>();
  for (const [key, value] of entries) {
    let free = key;
    for (let number = 2; joined.has(free); number++) free = `${key} (${number})`;
    joined.set(free, value);
  }
  return Object.fromEntries(joined);
}
