import { expect, it } from 'vitest';
import { toPlain } from '../../src/main/plain.js';

it('keeps each entry of a Map: as an object if its keys are different texts, else as a list', () => {
  expect(
    toPlain(
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b'],
      ]),
    ),
  ).toEqual({ a: 1, 2: 'b' });
  expect(
    toPlain(
      new Map<unknown, unknown>([
        [1, 'number'],
        ['1', 'text'],
      ]),
    ),
  ).toEqual([
    { key: 1, value: 'number' },
    { key: '1', value: 'text' },
  ]);
});
