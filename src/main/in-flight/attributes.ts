import { types } from '../../node-util.js';
import type { Value, ValueMap } from '../../report.js';
import { boundText } from '../characters.js';

const MAX_ATTRIBUTES = 64;
const MAX_ITEMS = 20;
const MAX_CHARACTERS = 1000;

/**
 * Attributes of a span, bounded and plain. It runs no code of the application: a getter or a Proxy is named, not
 * read.
 */
export function readAttributes(attributes: unknown): ValueMap {
  // No prototype: a key named __proto__ stays a key.
  const values: Record<string, Value> = Object.create(null);
  if (typeof attributes !== 'object' || attributes === null) return values;
  if (types.isProxy(attributes)) return { '…': '[proxy]' };
  const names = Object.keys(attributes);
  for (const name of names.slice(0, MAX_ATTRIBUTES)) {
    const property = Object.getOwnPropertyDescriptor(attributes, name);
    values[boundText(name, MAX_CHARACTERS)] = property?.get ? '[getter]' : toAttribute(property?.value);
  }
  if (names.length > MAX_ATTRIBUTES) values['…'] = `[${names.length - MAX_ATTRIBUTES} of ${names.length} cut]`;
  return values;
}

function toAttribute(value: unknown, inside = false): Value {
  if (typeof value === 'string') return boundText(value, MAX_CHARACTERS);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return boundText(String(value), MAX_CHARACTERS);
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (types.isProxy(value)) return '[proxy]';
  if (!Array.isArray(value) || inside) return '[object]';
  const items = Array.from({ length: Math.min(value.length, MAX_ITEMS) }, (_, index) => {
    const property = Object.getOwnPropertyDescriptor(value, index);
    return property?.get ? '[getter]' : toAttribute(property?.value ?? null, true);
  });
  return value.length > MAX_ITEMS ? [...items, `… [${value.length - MAX_ITEMS} of ${value.length} cut]`] : items;
}
