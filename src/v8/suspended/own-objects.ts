import { runInThisContext } from 'node:vm';
import type { Reading } from '../reading.js';
import { sampleThread } from '../sample.js';

/** The calling thread, whose objects are looked at. */
export interface OwnThread {
  readonly isolate: number;
  stackEnd(address: number): number | undefined;
}

const HOLDER = 'gmrHold';
/** In a text of its own: what is bundled has other names, and arguments beside those that are declared stay on the stack. */
const SOURCE = `(function ${HOLDER}(use) { return use(); })`;

/**
 * Calls `use` while `objects` are the arguments of a call on our own stack, with a function that gives their addresses. A
 * collection may move them at any time: the addresses are those of the moment, and NaN if the call is not found.
 */
export function withAddresses<T>(
  reading: Reading,
  { isolate, stackEnd }: OwnThread,
  objects: readonly unknown[],
  use: (addresses: () => readonly number[]) => T,
): T {
  const hold = runInThisContext(SOURCE) as (use: () => T, ...objects: readonly unknown[]) => T;
  return hold(
    () => {
      const sample = sampleThread(reading, isolate, { stackEnd, below: HOLDER });
      const calls = sample.kind === 'native' ? sample.walked.calls : [];
      const frame = calls.find(({ functionName }) => functionName === HOLDER)?.frame ?? Number.NaN;
      const first = frame + reading.layout.frames.receiver + 2 * 8;
      return use(() => objects.map((_, index) => reading.memory.freshWord(first + index * 8)));
    },
    ...objects,
  );
}
