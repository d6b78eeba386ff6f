import { type Call, describeFunction } from '../calls.js';
import { readFunction } from '../functions.js';
import { isFunction, isPointer } from '../heap.js';
import { describeProperties, findMaker, isReceiver, readKey, readMapFacts } from '../objects.js';
import type { Reading } from '../reading.js';
import { PAGE_BYTES, pageOf } from '../suspended/candidates.js';
import { readAreas } from '../suspended/free-space.js';
import type { SuspendedLayout } from '../suspended/layout.js';

const BUDGET = { bytes: 64 * 1024 ** 2, ms: 100 };
const TWO_32 = 2 ** 32;
const TIMERS = new Set(['node:internal/timers', 'node:timers']);
/** Copies of the page in which the thread allocates: it may be on another one by then. */
const MAX_COPIES = 20;
const MAX_CALLBACKS = 5;

/**
 * Callbacks of `setImmediate` that wait to be called, or are being called, of the newest ones. A program that does nothing but ask
 * for its next turn is hardly ever met in its callback.
 */
export function readImmediates(reading: Reading, layout: SuspendedLayout, isolate: number): readonly Call[] {
  const { memory } = reading;
  memory.begin(BUDGET);
  reading.scripts.begin();
  const words = new Uint32Array(PAGE_BYTES / 4);
  const bytes = Buffer.from(words.buffer);
  const pointerAt = (at: number) => (words[at] as number) + (words[at + 1] as number) * TWO_32;
  const callbackOffsets = new Map<number, number>();
  const offsetOf = (map: number): number => {
    const known = callbackOffsets.get(map) ?? findCallbackOffset(reading, map);
    callbackOffsets.set(map, known);
    return known;
  };
  const callbacks = new Set<number>();
  for (let copies = 0; copies < MAX_COPIES && callbacks.size === 0 && !memory.isSpent(); ) {
    const [{ start: top }] = readAreas(reading, layout.free, isolate);
    // The whole page, since the thread goes on to allocate in it. A thread that collects garbage has no such page.
    if (memory.readInto(bytes, pageOf(top)) !== PAGE_BYTES) continue;
    copies += 1;
    for (let at = 0; at + 2 <= words.length && callbacks.size < MAX_CALLBACKS; at += 2) {
      const map = pointerAt(at);
      const field = isPointer(map) ? at + offsetOf(map) / 4 : at;
      if (field === at || field + 2 > words.length) continue;
      // Node makes it null when it has been called.
      const callback = pointerAt(field);
      if (isFunction(reading, callback)) callbacks.add(callback);
    }
  }
  return [...callbacks].flatMap((callback) => describeFunction(reading, callback) ?? []);
}

/** Where Node's Immediates have their callback, if the word is their Map; else 0. */
function findCallbackOffset(reading: Reading, map: number): number {
  if (!isReceiver(reading, readMapFacts(reading, map)?.type ?? -1)) return 0;
  const maker = findMaker(reading, map);
  const { name, script } = (maker === 0 ? undefined : readFunction(reading, maker)) ?? {};
  if (name !== 'Immediate' || !script || !TIMERS.has(reading.scripts.read(script)?.name ?? '')) return 0;
  for (const { key, offset } of describeProperties(reading, map))
    if (offset !== undefined && readKey(reading, key) === '_onImmediate') return offset;
  return 0;
}
