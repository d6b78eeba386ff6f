import { expect, it } from 'vitest';
import { SuspendedFunctions } from '../../src/v8/suspended/suspended-functions.js';

const ADDRESS = 0x7f12_3456_0001;
const MAP = 0x3a00_0000_0ab9;
const FUNCTION = 0x7f12_4456_0001;

/** Functions with a word each; more than there is room for at first. */
function fill(capacity: number, count: number): SuspendedFunctions {
  const functions = new SuspendedFunctions(capacity);
  for (let n = 0; n < count; n += 1) functions.add(ADDRESS + 8 * n, MAP, FUNCTION + 8 * n, 100 + n, n % 7);
  return functions;
}

it.each([0, 10, 1000])(
  'keeps them by number and by address, of %i that were expected and a thousand that came',
  (capacity) => {
    const functions = fill(capacity, 1000);
    functions.setWaiting(999, ADDRESS + 4096, ADDRESS + 8192);
    functions.add(ADDRESS - 8, MAP, FUNCTION, 1, 1);
    expect(functions.count).toBe(1001);
    for (const n of [0, 9, 10, 999]) {
      expect(functions.find(ADDRESS + 8 * n)).toBe(n);
      expect(functions.addressOf(n)).toBe(ADDRESS + 8 * n);
      expect(functions.stateOf(n)).toEqual({
        map: MAP,
        function: FUNCTION + 8 * n,
        position: 100 + n,
        continuation: n % 7,
      });
    }
    expect(functions.promiseOf(999)).toBe(ADDRESS + 4096);
    expect(functions.reactionOf(999)).toBe(ADDRESS + 8192);
    expect(functions.isWaiting(0)).toBe(false);
  },
);

it('tells which wait for the same: a function, or a list', () => {
  const functions = fill(8, 8);
  const promise = ADDRESS + 4096;
  for (const one of [0, 1]) functions.setOn(one, 7);
  const several = functions.addList({ on: [5, 6], roots: [], join: { kind: 'Promise.all', settled: 1, of: 3 } });
  for (const one of [2, 3]) functions.setList(one, several);
  functions.setList(4, functions.addList({ on: [7], roots: [] }));
  functions.setWaiting(5, promise, promise + 8);
  functions.setRoot(5);
  const targets = [0, 1, 2, 3, 4, 5, 6].map((one) => functions.targetOf(one));
  const [first, , list] = targets as [number, number, number];
  // The list with nothing but one function is that function.
  expect(targets).toEqual([first, first, list, list, first, -1, -1]);
  expect(Math.max(...targets)).toBeLessThan(functions.targets);
  expect([0, 2, 4, 5, 6].map((one) => functions.onlyOf(one))).toEqual([7, -1, 7, -1, -1]);
  expect([0, 2, 4, 5, 6].map((one) => functions.waitsForNone(one))).toEqual([false, false, false, true, true]);
  expect(functions.awaitedOf(0)).toEqual({ on: [7], roots: [] });
  expect(functions.awaitedOf(2)).toEqual({ on: [5, 6], roots: [], join: { kind: 'Promise.all', settled: 1, of: 3 } });
  expect(functions.awaitedOf(5)).toEqual({ on: [], roots: [promise] });
  expect(functions.awaitedOf(6)).toEqual({ on: [], roots: [] });
});
