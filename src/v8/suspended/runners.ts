import { isContext, readElement, readField, readLength, readSmi } from '../heap.js';
import type { Reading } from '../reading.js';
import { SLOT, type SuspendedLayout } from './layout.js';
import type { Lookups } from './lookups.js';

/** A generator that is run as an async function, and the promise of its result. */
export interface Run {
  readonly generator: number;
  readonly promise: number;
}

/** The scope of the runner's promise, and the one of its arguments. */
const MAX_CONTEXTS = 2;
const MAX_SLOTS = 30;

/**
 * The generator that two functions of a program go on with, one with a value and one with an error: that is how compilers write
 * async functions for older engines (`__awaiter` of TypeScript, `__async` of esbuild, `_asyncToGenerator` of Babel), and how `co` runs
 * generators. Their scopes have one generator, at a `yield`, and the function `resolve` of one promise.
 */
export function findRun(
  reading: Reading,
  layout: SuspendedLayout,
  lookups: Lookups,
  [onValue, onError]: readonly [number, number],
): Run | undefined {
  const { promises } = reading.layout;
  const generators = new Set<number>();
  const outcomes = new Set<number>();
  let context = readField(reading, onValue, promises.functionContext);
  if (onValue === onError || readField(reading, onError, promises.functionContext) !== context) return undefined;
  for (let depth = 0; depth < MAX_CONTEXTS && isContext(reading, context); depth += 1) {
    const slots = Math.min(readLength(reading, context), MAX_SLOTS);
    for (let slot = SLOT; slot < slots; slot += 1) {
      const value = readElement(reading, context, slot);
      if (lookups.typeOf(value) === layout.generator) generators.add(value);
      else if (lookups.builtinOf(value) === layout.resolve)
        outcomes.add(readElement(reading, readField(reading, value, promises.functionContext), SLOT));
    }
    context = readElement(reading, context, 1);
  }
  const [generator = 0] = generators;
  const [promise = 0] = outcomes;
  const isRun = generators.size === 1 && outcomes.size === 1 && lookups.typeOf(promise) === promises.promise;
  return isRun && readSmi(reading, generator, promises.continuation) > 0 ? { generator, promise } : undefined;
}
