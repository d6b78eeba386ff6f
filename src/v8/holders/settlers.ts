import { isContext, isFunction, readElement, readField, readSmi } from '../heap.js';
import type { Reading } from '../reading.js';
import type { Steps } from '../steps.js';
import { SLOT, type SuspendedLayout } from '../suspended/layout.js';
import { type Closure, climbAll, startClimb } from './climb.js';
import { RANK } from './cursor.js';
import type { MadeRequests } from './made-requests.js';
import { type ReferenceSearch, type SearchedHeap, searchReferences } from './references.js';
import type { Settler } from './settler.js';

/** From a promise without `resolve` to an object of C++ that has it: by its properties. */
const NATIVE_LEVELS = 3;
/** Of one promise: each function that waits for it may have it in a variable. */
const MAX_WAITERS = 2000;

export interface Settlers {
  /** Undefined if it is not known. */
  of(promise: number): Settler | undefined;
}

/** Looks for the functions `resolve` and `reject` of each promise, and for the objects that refer to them, level by level. */
export function* findSettlers(
  reading: Reading,
  layout: SuspendedLayout,
  heap: SearchedHeap,
  promises: ReadonlySet<number>,
  made: MadeRequests,
): Steps<Settlers> {
  const search = searchReferences(reading, heap);
  let isWhole = yield* search.search(promises, MAX_WAITERS);
  const contexts = findContexts(reading, search, promises);
  if (contexts.size > 0 && !(yield* search.search(new Set(contexts.keys())))) isWhole = false;
  const closures = findClosures(reading, layout, search, contexts);
  const climbs = new Map(
    [...promises].map((promise) => {
      const own = closures.get(promise);
      return [
        promise,
        own
          ? startClimb(reading, own, contexts, made)
          : startClimb(reading, [{ pointer: promise, isResolve: false, links: [] }], contexts, made, NATIVE_LEVELS),
      ];
    }),
  );
  if (!(yield* climbAll(search, [...climbs.values()], new Set(promises)))) isWhole = false;
  if (reading.memory.isSpent()) isWhole = false;
  return {
    of(promise) {
      const resolvers = closures.get(promise) ?? [];
      // An object that keeps the promise itself waits for it, too, unless it is of C++.
      const climb = climbs.get(promise);
      const best = climb?.best(resolvers.length > 0 ? undefined : RANK.native);
      if (best) return best;
      const isUnknown = search.hasUnknownReferrer(promise) || (resolvers.length > 0 && climb?.isCut() !== false);
      return isWhole && !isUnknown && search.referrersOf(promise).length > 0
        ? { kind: 'nobody', label: '' }
        : undefined;
    },
  };
}

/** Contexts that may be those of a promise's own functions, each with its promise. */
function findContexts(
  reading: Reading,
  search: ReferenceSearch,
  promises: ReadonlySet<number>,
): ReadonlyMap<number, number> {
  const offset = reading.layout.arrays.elements + SLOT * 8;
  const found = new Map<number, number>();
  for (const promise of promises)
    for (const one of search.referrersOf(promise))
      if (one.offset === offset && isContext(reading, one.pointer)) found.set(one.pointer, promise);
  return found;
}

/** V8's own functions whose context is one of those. */
function findClosures(
  reading: Reading,
  layout: SuspendedLayout,
  search: ReferenceSearch,
  contexts: ReadonlyMap<number, number>,
): ReadonlyMap<number, readonly Closure[]> {
  const { functions, promises } = reading.layout;
  const found = new Map<number, Closure[]>();
  for (const [context, promise] of contexts) {
    for (const { pointer, offset } of search.referrersOf(context)) {
      if (offset !== promises.functionContext || !isFunction(reading, pointer)) continue;
      const builtin = readSmi(reading, readField(reading, pointer, functions.shared), layout.builtin);
      if (!(builtin > 0) || readElement(reading, context, SLOT) !== promise) continue;
      const list = found.get(promise) ?? [];
      const links = [
        { pointer, offset, to: context },
        { pointer: context, offset: reading.layout.arrays.elements + SLOT * 8, to: promise },
      ];
      list.push({ pointer, isResolve: builtin === layout.resolve, links });
      found.set(promise, list);
    }
  }
  return found;
}
