import { expect, test } from 'vitest';
import { createFrameReader } from '../../src/frames/frames.js';
import type { RawFrame } from '../../src/raw-frame.js';
import { collectHeapCensus, type KeptCensus } from '../../src/sections/heap-census.js';
import type { Census } from '../../src/v8/census/census.js';
import type { LongCollection } from '../../src/v8/census/collections.js';

function take(longest: readonly LongCollection[], before?: KeptCensus, isWhole = true) {
  const census: Census<RawFrame> = {
    objects: 1,
    bytes: 16,
    classes: [],
    closures: [],
    strings: [],
    lengths: [],
    longest,
    isWhole,
  };
  return collectHeapCensus(census, { frames: createFrameReader(), texts: () => undefined, before, timeMs: 0 });
}

const kept = (label: string, length: number): LongCollection => ({
  kind: 'map',
  length,
  keeper: { kind: 'object', label },
});

test('a collection has its change since the last census if it is the only one of its kind in its place', () => {
  const before = take([kept('Cache.entries', 100), kept('Pool.waiting', 7), { kind: 'array', length: 9 }]).kept;
  const { longest } = take([kept('Cache.entries', 150), kept('Pool.waiting', 7), kept('New.list', 3)], before).data;
  expect(longest).toEqual([
    { kind: 'map', length: 150, keptIn: 'Cache.entries', lengthChange: 50 },
    { kind: 'map', length: 7, keptIn: 'Pool.waiting', lengthChange: 0 },
    { kind: 'map', length: 3, keptIn: 'New.list' },
  ]);
});

test('two collections of one kind in one place have no change: it is not known which of them was there before', () => {
  const before = take([kept('Cache.entries', 100)]).kept;
  const { longest } = take([kept('Cache.entries', 100), kept('Cache.entries', 50)], before).data;
  expect(longest.map(({ lengthChange }) => lengthChange)).toEqual([undefined, undefined]);
});

test('a census that is not whole has no changes', () => {
  const before = take([kept('Cache.entries', 100)]).kept;
  expect(take([kept('Cache.entries', 150)], before, false).data.longest).toEqual([
    { kind: 'map', length: 150, keptIn: 'Cache.entries' },
  ]);
});
