import type { Budget } from '../memory.js';
import type { Reading } from '../reading.js';
import { goOn } from '../steps.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import { type OwnThread, withAddresses } from '../suspended/own-objects.js';
import type { MadeRequests } from './made-requests.js';
import { startSearch } from './search.js';

const TEST_BUDGET: Budget = { bytes: 4 * 1024 ** 3, ms: 1000 };
/** Our own collections may move the objects that are looked at: twice, then they are old. */
const TRIES = 6;

const NONE: MadeRequests = new Set();
const OWN_MS = 1_987_654;

/** Whether three promises of our own are told as they are: kept in a list, resolved by a timer, and resolved by nobody. */
export function proves(reading: Reading, layout: SuspendedLayout, own: OwnThread, isLater: boolean): boolean {
  class GmrKept {
    readonly list: unknown[] = [];
  }
  const kept = new GmrKept();
  const held = new Promise((resolve) => kept.list.push(resolve, 1));
  let timer: NodeJS.Timeout | undefined;
  const timed = new Promise<void>((resolve) => {
    timer = setTimeout(() => resolve(), OWN_MS).unref();
  });
  const lost = new Promise(() => {});
  try {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      reading.memory.begin(TEST_BUDGET);
      let isCut = false;
      const isRight = withAddresses(reading, own, [held, timed, lost, kept], (addresses) => {
        reading.memory.refresh();
        const promises = addresses().slice(0, 3) as [number, number, number];
        reading.memory.begin(TEST_BUDGET);
        const thread = {
          isolate: own.isolate,
          isIdle: () => false,
          turns: () => undefined,
          sleep: () => undefined,
          made: NONE,
          isLater,
        };
        const { look, steps } = startSearch(reading, layout, thread, new Set(promises));
        isCut = !look.isWhole;
        if (isCut) return false;
        const settlers = goOn(steps, () => false);
        const [first, second, third] = promises.map((promise) => settlers?.of(promise));
        return (
          first?.kind === 'object' &&
          first.of === 2 &&
          // A bundler may have given the class another name.
          /^_?GmrKept\d*\.list$/.test(first.label) &&
          second?.timer?.ms === OWN_MS &&
          (third === undefined || third.kind === 'nobody')
        );
      });
      if (isRight) return true;
      // The pages of a large heap, of another thread, take all of the time.
      if (isCut) return false;
    }
    return false;
  } finally {
    clearTimeout(timer);
  }
}
