import { expect, it } from 'vitest';
import { AddressIndex } from '../../src/v8/suspended/address-index.js';

it('has every number by its address, however many there are and however near they lie', () => {
  const index = new AddressIndex();
  const expected = new Map<number, number>();
  const add = (address: number, number: number) => {
    index.set(address, number);
    expected.set(address, number);
  };
  for (let n = 0; n < 20_000; n += 1) add(0x7f12_3456_0001 + 8 * n, n);
  // Alike in their lower 32 bits, and a page apart.
  for (let n = 1; n < 2000; n += 1) add(0x0a12_3456_0001 + n * 2 ** 32, n);
  for (let n = 1; n < 2000; n += 1) add(0x3f12_0000_0001 + n * 4096, n);
  for (const [address, number] of expected) expect(index.get(address)).toBe(number);
  expect(index.get(0x7f12_3456_0009 + 8 * 20_000)).toBe(-1);
});

it('has the number that was set last', () => {
  const index = new AddressIndex();
  index.set(0x7f12_3456_0001, 1);
  index.set(0x7f12_3456_0001, 2);
  expect(index.get(0x7f12_3456_0001)).toBe(2);
});

it('has none of an address that could not be read, nor of zero', () => {
  const index = new AddressIndex();
  index.set(Number.NaN, 1);
  index.set(0, 1);
  expect(index.get(Number.NaN)).toBe(-1);
  expect(index.get(0)).toBe(-1);
});
