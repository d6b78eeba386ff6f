import type { Value, ValueMap } from '../report.js';
import type { Reuse } from './reuse.js';
import { freeKey, setOwn } from './tree.js';
import { MASK } from './values.js';

const SHORTEST_KEY = 8;
const LEAST_NUMBER = 100_000;

/** Masks the known values wherever they stand in `value`; what holds none of them is returned as it is. */
export function maskAgain(value: Value, reuse: Reuse, values: ReadonlySet<string>): Value {
  if (typeof value === 'string') return reuse.mask(value);
  if (typeof value === 'number') return value >= LEAST_NUMBER && values.has(String(value)) ? MASK : value;
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? maskList(value, reuse, values) : maskMap(value as ValueMap, reuse, values);
}

function maskList(list: readonly Value[], reuse: Reuse, values: ReadonlySet<string>): Value {
  let changed = false;
  const masked = list.map((item) => {
    const again = maskAgain(item, reuse, values);
    changed ||= again !== item;
    return again;
  });
  return changed ? masked : list;
}

function maskMap(map: ValueMap, reuse: Reuse, values: ReadonlySet<string>): Value {
  const keys = Object.keys(map);
  let changed = false;
  const again = keys.map((key) => {
    const shown = key.length < SHORTEST_KEY ? key : reuse.mask(key);
    const value = map[key] ?? null;
    const masked = maskAgain(value, reuse, values);
    changed ||= shown !== key || masked !== value;
    return [shown, masked] as const;
  });
  if (!changed) return map;
  const copy: { [key: string]: Value } = {};
  const taken = new Set<string>();
  for (const [key, value] of again) setOwn(copy, freeKey(key, taken), value);
  return copy;
}
