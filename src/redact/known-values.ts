import type { Value, ValueMap } from '../report.js';
import { createSearch } from './search.js';
import { joinEntries } from './tree.js';
import { isDistinct, MASK } from './values.js';

/** Values that were masked somewhere, to be masked wherever else they appear. */
export interface KnownValues {
  maskText(text: string): string;
  maskValue(value: Value): Value;
}

/** Of more values, the shortest are not searched for: the work stays in proportion to the report. */
const MOST_VALUES = 4000;
const SHORTEST_KEY = 8;
const LEAST_NUMBER = 100_000;

/** `plain` are words that the report cannot do without, such as the host's name. Undefined if no value is distinct enough. */
export function prepareKnownValues(values: ReadonlySet<string>, plain: ReadonlySet<string>): KnownValues | undefined {
  const distinct = [...values].filter((value) => isDistinct(value) && !plain.has(value.toLowerCase()));
  if (distinct.length === 0) return undefined;
  const sought = distinct.sort((a, b) => b.length - a.length).slice(0, MOST_VALUES);
  const encoded = sought.filter(({ length }) => length >= 7 && length <= 256).flatMap(base64Cores);
  const maskText = createSearch(new Set(sought.flatMap(formsOf)), new Set(encoded));
  const maskKey = (key: string): string => (key.length < SHORTEST_KEY ? key : maskText(key));
  const maskValue = (value: Value): Value => {
    if (typeof value === 'string') return maskText(value);
    if (typeof value === 'number') return value >= LEAST_NUMBER && values.has(String(value)) ? MASK : value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(maskValue);
    return joinEntries(Object.entries(value as ValueMap).map(([key, item]) => [maskKey(key), maskValue(item ?? null)]));
  };
  return { maskText, maskValue };
}

/** A value, and its forms in a URL, in JSON, in markup and as bytes. */
function formsOf(value: string): string[] {
  const forms = [JSON.stringify(value).slice(1, -1)];
  if (value.length >= 6 && value.length <= 256) forms.push(Buffer.from(value).toString('hex'));
  try {
    forms.push(encodeURIComponent(value), encodeURIComponent(value).replace(/%20/g, '+'));
  } catch {
    // A lone surrogate has no encoded form.
  }
  if (/[&<>"']/.test(value)) {
    forms.push(value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;'));
  }
  return [value, ...forms.filter((form) => form !== value && form.length >= 5)];
}

/** The parts of a value's base64 that do not depend on its neighbours, at each of three offsets. */
function base64Cores(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [0, 2, 3].flatMap((from, offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const rest = (offset + bytes.length) % 3;
    const core = encoded.slice(from, rest === 0 ? encoded.length : encoded.length - (rest === 1 ? 3 : 2));
    return core.length >= 8 ? [core] : [];
  });
}
