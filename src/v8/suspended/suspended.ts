import { Attempts } from '../attempts.js';
import type { Call } from '../calls.js';
import { type Census, takeCensus } from '../census/census.js';
import { learnTableTypes, NO_TABLES, type TableTypes } from '../census/collections.js';
import { type Handles, readHandles } from '../handles/handles.js';
import { readImmediates } from '../handles/immediates.js';
import type { SettledThread } from '../holders/search.js';
import { createSettling, type SettledChains, type Settling } from '../holders/settle.js';
import type { Reading } from '../reading.js';
import { createEmptyPages, type EmptyPages } from './empty-pages.js';
import type { SuspendedLayout } from './layout.js';
import { learnSuspended } from './learn.js';
import type { OwnThread } from './own-objects.js';
import { createRequestFinder, type FindRequest } from './served-requests.js';
import { type Walked, walkSuspended } from './walk.js';

export interface SuspendedReader {
  /** The suspended functions of the isolate of a thread, or the reason why they are not known. */
  read(thread: SettledThread, served: ReadonlySet<number>): (Walked & Pick<SettledChains, 'search'>) | string;
  /** The objects of the isolate, counted, or the reason why they cannot be. */
  count(isolate: number): Census | string;
  /** The timers and servers that keep the isolate's event loop alive, or the reason why they are not known. */
  listHandles(isolate: number): Handles | string;
  /** The newest callbacks of `setImmediate`, or the reason why they are not known. */
  listImmediates(isolate: number): { readonly callbacks: readonly Call[] } | string;
}

/** Workers come and go. */
const MAX_ISOLATES = 64;
/** A collection of our own may move the objects that are learned from. */
const TRIES = 3;
const LEARN = { bytes: 512 * 1024 ** 2, ms: 1500 };

/** Learns at the first read. */
export function createSuspendedReader(reading: Reading, own: () => OwnThread): SuspendedReader {
  let learned: SuspendedLayout | string = 'it was not learned';
  const attempts = new Attempts();
  let tables: TableTypes | undefined;
  let settling: Settling | undefined;
  let startFinder: (() => FindRequest) | undefined;
  const emptyPages = new Map<number, EmptyPages>();
  const emptyOf = (isolate: number): EmptyPages => {
    const empty = emptyPages.get(isolate) ?? createEmptyPages();
    if (emptyPages.size >= MAX_ISOLATES) emptyPages.clear();
    emptyPages.set(isolate, empty);
    return empty;
  };
  const learn = (): SuspendedLayout | string => {
    if (typeof learned !== 'string' || !attempts.take()) return learned;
    reading.memory.begin(LEARN);
    for (let tries = 0; tries < TRIES && typeof learned === 'string'; tries += 1)
      learned = learnSuspended(reading, own());
    return learned;
  };
  return {
    read(thread, served) {
      const { isolate } = thread;
      const layout = learn();
      if (typeof layout === 'string') return layout;
      if (served.size > 0) startFinder ??= createRequestFinder(reading, layout, own);
      const find = served.size > 0 ? startFinder?.() : undefined;
      const requestOf: FindRequest = (address, reaction) => {
        const request = find?.(address, reaction) ?? 0;
        return served.has(request) ? request : 0;
      };
      settling ??= createSettling(reading, layout, own);
      if (thread.isLater) settling.prove(true);
      const walked = walkSuspended(reading, layout, thread, emptyOf(isolate), requestOf);
      try {
        return { ...walked, ...settling.settle(thread, walked.chains) };
      } catch {
        // The functions are told without the things that would settle their promises.
        return { ...walked, search: 'over' };
      } finally {
        reading.memory.refresh();
      }
    },
    count(isolate) {
      const layout = learn();
      if (typeof layout === 'string') return layout;
      if (!tables) reading.memory.begin(LEARN);
      tables ??= learnTableTypes(reading, own());
      return takeCensus(reading, layout, isolate, tables ?? NO_TABLES);
    },
    listHandles(isolate) {
      const layout = learn();
      return typeof layout === 'string' ? layout : readHandles(reading, layout, isolate);
    },
    listImmediates(isolate) {
      const layout = learn();
      return typeof layout === 'string' ? layout : { callbacks: readImmediates(reading, layout, isolate) };
    },
  };
}
