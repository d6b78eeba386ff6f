import type { RawFrame } from '../raw-frame.js';

/** Whether a thread that answers late is still where it was when its stack was read from memory, as a clause. */
export function tellAgreement(seen: readonly RawFrame[], told: readonly RawFrame[]): string {
  const before = seen.filter(isPlaced);
  const after = told.filter(isPlaced);
  let same = 0;
  while (same < before.length && isSameFunction(before.at(-1 - same), after.at(-1 - same))) same += 1;
  if (same === before.length)
    return `it agrees with its stack read from memory: ${same === 1 ? 'the call of the program is' : `all ${same} calls of the program are`} the same`;
  const left = same === 0 ? 'all' : `the inner ${before.length - same}`;
  return `it differs from its stack read from memory: ${left} of ${before.length} calls of the program were left`;
}

/** Whether a call is the program's. Node's own calls go on when the native call has returned; memory shows no suspended calls. */
function isPlaced({ file, line, async }: RawFrame): boolean {
  return line > 0 && !async && !file.startsWith('node:');
}

/** Compares places, not names: the two sources name a method differently. */
function isSameFunction(one: RawFrame | undefined, other: RawFrame | undefined): boolean {
  if (!one || one.file !== other?.file) return false;
  if (one.enclosingLine === undefined || other.enclosingLine === undefined) return one.line === other.line;
  return one.enclosingLine === other.enclosingLine && one.enclosingColumn === other.enclosingColumn;
}
