import { readFunction } from '../functions.js';
import { isContext, isFunction } from '../heap.js';
import type { Reading } from '../reading.js';
import { SLOT } from '../suspended/layout.js';
import type { Cursor } from './cursor.js';
import type { Referrer } from './references.js';

/** One step from a callback in a reaction to its promise, and to V8's functions `resolve` and `reject` of that one. */
export function followPromise(
  reading: Reading,
  { way, ...cursor }: Cursor,
  { pointer, type, offset }: Referrer,
): Cursor | undefined {
  const { promises, arrays } = reading.layout;
  const at = { ...cursor, at: pointer };
  switch (way) {
    case 'reaction':
      if (type === promises.reaction) return { ...at, way: 'reaction' };
      return type === promises.promise && offset === promises.reactions ? { ...at, way: 'promise' } : undefined;
    case 'promise':
      // `then` has returned it: a callback of one more promise settles it.
      if (type === promises.reaction) return { ...at, way: 'reaction' };
      return isContext(reading, pointer) && offset === arrays.elements + SLOT * 8
        ? { ...at, way: 'context' }
        : undefined;
    default: {
      const isOwn = isFunction(reading, pointer) && offset === promises.functionContext;
      return isOwn && readFunction(reading, pointer)?.script === 0 ? at : undefined;
    }
  }
}
