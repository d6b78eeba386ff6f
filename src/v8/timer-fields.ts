import type { Heap } from './heap.js';
import { readBoolean, readNumber, readProperty } from './objects.js';

/** Of Node's Timeout (lib/internal/timers.js). */
export interface TimerFields {
  /** Milliseconds; below 0 if it was cleared. */
  readonly ms: number;
  /** When it began, in milliseconds of its thread's clock of timers. */
  readonly start: number;
  /** Undefined if the object does not tell. */
  readonly isDestroyed: boolean | undefined;
}

/** Undefined if the object has no such fields, as an Immediate. */
export function readTimerFields(heap: Heap, pointer: number): TimerFields | undefined {
  const number = (name: string) => readNumber(heap, readProperty(heap, pointer, name));
  const [ms, start] = [number('_idleTimeout'), number('_idleStart')];
  if (Number.isNaN(ms + start)) return undefined;
  return { ms, start, isDestroyed: readBoolean(heap, readProperty(heap, pointer, '_destroyed')) };
}
