import { typeOfMap } from '../heap.js';
import { readWord } from '../memory.js';
import type { Reading } from '../reading.js';

const JOB_ROOTS_BYTES = 0x4000;

/** The Maps of jobs that go on with a function, among an isolate's roots. No collection moves them. */
export function findJobMaps({ memory, layout }: Reading, isolate: number): readonly number[] {
  const { fulfillJob, rejectJob } = layout.promises;
  const roots = memory.read(isolate, JOB_ROOTS_BYTES);
  const found = new Set<number>();
  for (let offset = 0; roots && offset + 8 <= roots.length; offset += 8) {
    const word = readWord(roots, offset);
    if (word % 8 !== 1) continue;
    const type = typeOfMap({ memory, layout }, word);
    if (type === fulfillJob || type === rejectJob) found.add(word);
  }
  return [...found];
}
