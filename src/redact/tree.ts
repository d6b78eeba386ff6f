import type { Value, ValueMap } from '../report.js';
import { markArguments } from './commands.js';
import type { NameKind } from './names.js';
import { continuesPem, opensPem } from './pem.js';
import { collect, maskText, type TextMasker } from './text.js';
import { addressSecretStart } from './urls.js';
import { isPlainValue, MASK, masksNumber, masksValue } from './values.js';

/** Deeper than any report is built; what lies below is masked rather than trusted. */
const DEEPEST = 200;
const DEEPEST_JSON = 6;

/** Where a value stands: under which name, and how deep. */
export interface Place {
  readonly kind: NameKind;
  readonly key: string;
  readonly depth: number;
  readonly json: number;
  /** A frame's line of source. */
  readonly code?: boolean;
  /** Says whether the application declared the value at these keys secret. */
  readonly declared?: (path: readonly string[]) => boolean;
  readonly path?: readonly string[];
}

export const TOP: Place = { kind: 'none', key: '', depth: 0, json: 0 };

export function maskTree(value: Value, place: Place, masker: TextMasker): Value {
  if (typeof value === 'string') return maskString(value, place, masker);
  if (value === null || value === undefined) return value;
  if (typeof value === 'number') return maskNumber(value, place, masker);
  if (typeof value !== 'object') return place.kind === 'declared' && typeof value === 'boolean' ? MASK : value;
  if (place.depth >= DEEPEST) return MASK;
  return Array.isArray(value) ? maskArray(value, place, masker) : maskMap(value as ValueMap, place, masker);
}

function maskNumber(value: number, place: Place, masker: TextMasker): Value {
  if (!masksNumber(place.kind, value)) return value;
  masker.found(String(value));
  return MASK;
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
  const masked = maskJson(value, place, masker) ?? maskText(value, place.code === true ? 'code' : 'text', masker);
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

/** JSON in a string, also doubly so, is judged as structure and written back only when something in it was secret. */
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
  const before = JSON.stringify(parsed);
  const masked = maskTree(parsed, { ...place, json: place.json + 1, depth: place.depth + 1 }, masker);
  const after = JSON.stringify(masked);
  if (after === before) return value;
  return text.includes('\n') ? JSON.stringify(masked, null, 2) : after;
}

function maskArray(list: readonly Value[], place: Place, masker: TextMasker): Value {
  const inside = { ...place, depth: place.depth + 1 };
  const strings = list.every((item) => typeof item === 'string') ? (list as readonly string[]) : undefined;
  if (strings === undefined) {
    return list.map((item) => {
      const pair = place.kind === 'none' ? namedPair(item, masker) : undefined;
      return maskTree(item, pair === undefined ? inside : { ...inside, kind: pair }, masker);
    });
  }
  const spans = place.kind === 'none' ? markStrings(strings, masker) : new Map<number, number>();
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

/** An entry `['password', 'x']` among others that are no strings alone. */
function namedPair(item: Value, masker: TextMasker): NameKind | undefined {
  if (!Array.isArray(item) || item.length !== 2 || typeof item[0] !== 'string' || typeof item[1] === 'string')
    return undefined;
  const kind = masker.judge(item[0]);
  return kind === 'none' || typeof item[1] === 'object' ? undefined : kind;
}

/** The secrets of arguments, and of names and values in turn as in `rawHeaders`: from where in which item. */
function markStrings(list: readonly string[], { judge }: TextMasker): Map<number, number> {
  const spans = new Map<number, number>();
  const words = list.map((text, index) => ({
    text,
    mark: (from: number, to: number) => void (to === text.length && spans.set(index, from)),
  }));
  if (list.some((item) => item.startsWith('-') || item.startsWith('/p:'))) markArguments(words, judge);
  else if (list.length > 2) markArguments(words, judge);
  if (list.length % 2 === 0 && !areNames(list)) {
    for (let index = 0; index < list.length; index += 2) {
      const name = list[index] ?? '';
      if (!/^[A-Za-z][\w.-]{1,80}$/.test(name)) continue;
      const value = list[index + 1] ?? '';
      if (/^[A-Za-z_]+$/.test(value) && judge(value) !== 'none') continue;
      if (masksValue(judge(name), value)) spans.set(index + 1, 0);
    }
  }
  return spans;
}

/** Names alone, not names and values: `['password', 'token']`. */
function areNames(list: readonly string[]): boolean {
  return list.length > 2 && list.every((item) => /^[a-z_.*[\]]+(?:[A-Z][a-z]+)*$/.test(item));
}

const NAME_KEYS = [
  'name',
  'key',
  'Name',
  'Key',
  'header',
  'field',
  'param',
  'option',
  'k',
  'id',
  'label',
  'property',
  'variable',
  'env',
];
const VALUE_KEYS = new Set([
  'value',
  'val',
  'v',
  'Value',
  'content',
  'default',
  'data',
  'current',
  'text',
  'values',
  'defaultValue',
]);

function maskMap(map: ValueMap, place: Place, masker: TextMasker): Value {
  const named = kindOfNamed(map, masker);
  const entries: [string, Value][] = [];
  const taken = new Set<string>();
  const inherited = inheritedKind(map, place.kind);
  for (const key of Object.keys(map)) {
    const path = place.declared === undefined ? undefined : [...(place.path ?? []), key];
    const own =
      path !== undefined && place.declared?.(path) === true ? 'declared' : kindOfKey(key, map, place.kind, masker);
    const kind = inherited === 'declared' ? 'declared' : own !== 'none' ? strongest(own, inherited) : inherited;
    const child: Place = {
      ...place,
      kind: kind === 'none' && named !== 'none' && VALUE_KEYS.has(key) ? named : kind,
      key,
      depth: place.depth + 1,
      code: key === 'source' && 'line' in map,
      ...(path === undefined ? {} : { path }),
    };
    entries.push([freeKey(maskText(key, 'text', masker), taken), maskTree(map[key] ?? null, child, masker)]);
  }
  return Object.fromEntries(entries);
}

/** Two keys that were masked do not fall into one. */
export function freeKey(key: string, taken: Set<string>): string {
  let free = key;
  for (let number = 2; taken.has(free); number++) free = `${key} (${number})`;
  taken.add(free);
  return free;
}

/** `{ user, key }` beside each other is a login; on its own `key` may be anything. */
function kindOfKey(key: string, map: ValueMap, outer: NameKind, masker: TextMasker): NameKind {
  const kind = masker.judge(key);
  if (kind === 'none' && key === 'key' && (outer === 'auth' || 'cert' in map || 'passphrase' in map)) return 'key';
  return kind;
}

const COOKIE_OPTIONS = ['maxAge', 'httpOnly', 'secure', 'sameSite', 'originalMaxAge', 'expires'];

/** What a map's name says of the leaves in it: a secret's map is masked, the settings of a topic are judged by name. */
function inheritedKind(map: ValueMap, kind: NameKind): NameKind {
  if (kind === 'cookie') return COOKIE_OPTIONS.some((option) => option in map) ? 'weak' : 'cookie';
  return kind === 'auth' ? 'weak' : kind === 'address' || kind === 'webhook' || kind === 'pairs' ? 'none' : kind;
}

const ORDER: readonly NameKind[] = [
  'none',
  'pairs',
  'webhook',
  'address',
  'digits',
  'weak',
  'auth',
  'cookie',
  'key',
  'secrets',
  'secret',
  'declared',
];
const strongest = (a: NameKind, b: NameKind): NameKind => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b);

function kindOfNamed(map: ValueMap, masker: TextMasker): NameKind {
  for (const key of NAME_KEYS) {
    const name = map[key];
    if (typeof name === 'string' && name.length <= 100) {
      const kind = masker.judge(name);
      if (kind !== 'none') return kind;
    }
  }
  return 'none';
}
