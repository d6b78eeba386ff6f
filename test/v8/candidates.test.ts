import { expect, it } from 'vitest';
import { parseFields, parseKilobytes } from '../../src/procfs/fields.js';
import { readText } from '../../src/procfs/read.js';
import { type Mapping, readMappings } from '../../src/v8/mappings.js';
import { PAGE_BYTES, visitCandidates } from '../../src/v8/suspended/candidates.js';

const BYTES = 512 * 1024 ** 2;
const never = () => false;

function pageTableBytes(): number {
  return parseKilobytes(parseFields(readText('/proc/self/status') ?? '').get('VmPTE')) ?? Number.NaN;
}

/** The addresses of a buffer that was not there before: it may have grown into one mapping with others. */
function findNew(before: readonly Mapping[]): readonly [start: number, end: number] {
  for (const { start, end } of readMappings()) {
    let from = start;
    for (const other of [...before.filter((one) => one.end > start && one.start < end), { start: end, end }]) {
      if (other.start - from >= BYTES) return [from, other.start];
      from = other.end;
    }
  }
  throw new Error('the buffer has no mapping');
}

it.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'memory that was never touched is not looked at: that would cost the process page tables',
  () => {
    const others = readMappings();
    const buffer = new Uint8Array(BYTES);
    const [start, end] = findNew(others);
    for (let offset = BYTES / 2; offset < BYTES; offset += 4096) buffer[offset] = 1;
    const before = pageTableBytes();
    const look = () => {
      let count = 0;
      visitCandidates((address) => {
        if (address >= start && address < end) count += 1;
        return false;
      }, never);
      return count;
    };
    const all = BYTES / PAGE_BYTES;
    const seen = look();
    expect(seen).toBeGreaterThan(all / 4);
    expect(seen).toBeLessThan((all * 3) / 4);
    expect(pageTableBytes() - before).toBeLessThan(1024 ** 2);
    // A window in which a look has just found no page is left out for some seconds.
    expect(look()).toBeLessThan(all / 4);
    // It is there until here.
    expect(buffer[BYTES / 2]).toBe(1);
  },
);

it.runIf(process.platform === 'linux')('a visit that has no more time says that it is not whole', () => {
  expect(visitCandidates(never, () => true)).toBe(false);
});
