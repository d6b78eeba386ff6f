import { describe, expect, it } from 'vitest';
import { findCandidates, type Sought } from '../../src/v8/suspended/scan.js';

const HIGH = 0x7a1;
/** Words of an object, each as its lower and its upper half. */
type Words = readonly (readonly [low: number, high: number])[];
const EMPTY = [0x6d9, HIGH] as const;
const FREE = [0x2c1, HIGH] as const;
const pointer = (number: number) => [0x10001 + number * 8, HIGH] as const;
const smi = (value: number) => [0, value] as const;

/** Offsets as V8 has them, in half words. */
const SOUGHT: Sought = {
  elements: 4,
  reactions: 6,
  func: 6,
  flags: 8,
  position: 12,
  mode: 14,
  continuation: 16,
  outcome: 20,
  awaiting: 22,
  noElementsLow: EMPTY[0],
  noElementsHigh: EMPTY[1],
  freeLow: FREE[0],
  freeHigh: FREE[1],
  unit: 1,
  fulfillLow: 0x301,
  rejectLow: 0x341,
};
const PROMISE: Words = [pointer(1), EMPTY, EMPTY, pointer(2), smi(0), smi(0)];
const UNHEARD: Words = [pointer(1), EMPTY, EMPTY, smi(0), smi(0), smi(0)];
const SETTLED: Words = [pointer(1), EMPTY, EMPTY, pointer(2), smi(1), smi(0)];
const FUNCTION: Words = [
  pointer(3),
  EMPTY,
  EMPTY,
  pointer(4),
  pointer(5),
  pointer(6),
  smi(40),
  smi(0),
  smi(1),
  pointer(7),
  pointer(8),
];
const GUARD: Words = Array.from({ length: 16 }, () => smi(0));

/** Indices of the objects that have a candidate, and how many candidates there are. */
function find(objects: readonly Words[]): { readonly objects: readonly number[]; readonly count: number } {
  const starts = objects.map((_, index) => objects.slice(0, index).reduce((sum, { length }) => sum + length, 0));
  const words = Int32Array.from([...objects, GUARD].flat().flat());
  const candidates = new Int32Array(words.length);
  const count = findCandidates(words, words.length - GUARD.length * 2, SOUGHT, candidates);
  const found = [...candidates.subarray(0, count)].map((at) => starts.indexOf(at / 2)).filter((index) => index >= 0);
  return { objects: found, count };
}

describe('the words that may be of a promise or a suspended function', () => {
  it('are those of a pending promise, heard or not, and of a suspended function', () => {
    expect(find([PROMISE, SETTLED, UNHEARD, FUNCTION]).objects).toEqual([0, 2, 3]);
  });

  it('are none of a row of records with numbers that are not 0', () => {
    const records = Array.from({ length: 64 }, (_, number): Words => {
      return [pointer(10), EMPTY, EMPTY, smi(number), pointer(20 + number), pointer(90 + number)];
    });
    const numbers = Array.from({ length: 64 }, (_, number): Words => {
      return [
        pointer(11),
        EMPTY,
        EMPTY,
        ...Array.from({ length: 7 }, (_, field) => smi(number + field + 1)),
        pointer(12),
      ];
    });
    expect(find([...records, ...numbers, FUNCTION]).count).toBe(1);
  });
});
