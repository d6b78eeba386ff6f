import { readElement, readField } from '../heap.js';
import { listProperties, readKey } from '../objects.js';
import type { Reading } from '../reading.js';
import type { Cursor } from './cursor.js';

/** Stands around the key of a dictionary until it is known whose it is. */
export const KEY = '\u0001';
const KEYS = new RegExp(`${KEY}[^${KEY}]*${KEY}`, 'g');
/** Properties of an instance as its class names them, `[description]` for a symbol. */
const NAME = /^(?:#?[A-Za-z_$][A-Za-z_$]{0,39}\d{0,2}|\[[A-Za-z_$][A-Za-z_$.]{0,39}\])$/;
const EVENT_NAME = /^[A-Za-z]{1,30}$/;
/** Keys of a plain object that say how a `resolve` is kept, and cannot be data. Others may be: users, orders. */
const FIELDS = new Set(['resolve', 'reject', 'callback', 'cb', 'done', 'next', 'fn', 'handler', 'listener', 'promise']);

/** `.name`, `[…]` for a key that may be data. */
export function dot(key: string | undefined): string {
  return key !== undefined && NAME.test(key) ? `.${key}` : '[…]';
}

/** The properties of an object that is reached by `step`: of those of a plain one only names of events, and of fields. */
export function joinPath(step: string, path: string): string {
  const isTold = (key: string) => (step === '._events' ? EVENT_NAME.test(key) : FIELDS.has(key));
  return `${step}${path.replace(KEYS, (key) => (isTold(key.slice(1, -1)) ? `.${key.slice(1, -1)}` : '[…]'))}`;
}

/** `.waiting`, `[…]` for an element and for a key that is data. */
export function labelProperty(
  reading: Reading,
  cursor: Cursor,
  pointer: number,
  offset: number,
  isTable: boolean,
): string {
  if (offset === reading.layout.promises.elements) return '[…]';
  if (offset !== 8) {
    for (const one of listProperties(reading, pointer))
      if (one.offset === offset) return dot(readKey(reading, one.key));
    return '[…]';
  }
  if (!isTable) {
    for (const one of listProperties(reading, pointer))
      if (one.index !== undefined && one.index === cursor.index) return dot(readKey(reading, one.key));
    return '[…]';
  }
  // Keys of a dictionary are data, but for the events of an emitter.
  const table = readField(reading, pointer, 8);
  const key = cursor.index === undefined ? undefined : readKey(reading, readElement(reading, table, cursor.index - 1));
  return key === undefined || key.includes(KEY) ? '[…]' : `${KEY}${key}${KEY}`;
}
