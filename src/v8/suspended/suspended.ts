import type { Reading } from '../reading.js';
import { createEmptyPages, type EmptyPages } from './empty-pages.js';
import type { SuspendedLayout } from './layout.js';
import { learnSuspended } from './learn.js';
import type { OwnThread } from './own-objects.js';
import { type Walked, walkSuspended } from './walk.js';

export interface SuspendedReader {
  /** The suspended functions of the isolate, or the reason why they are not known. */
  read(isolate: number): Walked | string;
}

/** Workers come and go. */
const MAX_ISOLATES = 64;
const LEARN = { bytes: 512 * 1024 ** 2, ms: 1500 };

/** Learns at the first read. */
export function createSuspendedReader(reading: Reading, own: () => OwnThread): SuspendedReader {
  let learned: SuspendedLayout | string | undefined;
  const emptyPages = new Map<number, EmptyPages>();
  const emptyOf = (isolate: number): EmptyPages => {
    const empty = emptyPages.get(isolate) ?? createEmptyPages();
    if (emptyPages.size >= MAX_ISOLATES) emptyPages.clear();
    emptyPages.set(isolate, empty);
    return empty;
  };
  return {
    read(isolate) {
      if (learned === undefined) {
        reading.memory.begin(LEARN);
        learned = learnSuspended(reading, own());
      }
      return typeof learned === 'string' ? learned : walkSuspended(reading, learned, isolate, emptyOf(isolate));
    },
  };
}
