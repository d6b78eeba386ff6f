import { describe, expect, it } from 'vitest';
import type { CensusReading } from '../../src/v8/readings.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('census-target');

/** As the program has them: see census-target.ts. */
const HAS = { Order: 20_000, Line: 10_000, Sub: 4000, OldStyle: 2000, shape: 5000, closures: 1500 };
/** A prototype, the literal that others are copied from, and what was not collected yet. */
const MORE = 5;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a census of a heap', () => {
  it.for(['idle', 'allocates', 'compacts'])('counts the objects of a program that is: %s', (mode) => {
    const census = run<CensusReading>('census-target', mode);
    if (census.kind !== 'read') throw new Error(census.reason);
    const mayMove = mode === 'compacts';
    // Its objects may have been moved each time that they were counted.
    if (mayMove && !census.isWhole) return;
    expect(census.isWhole).toBe(true);
    // A bundler may add a number to a name.
    const countOf = (name: string) =>
      census.classes.filter((one) => one.name.replace(/\d$/, '') === name).reduce((sum, { count }) => sum + count, 0);
    const counted = {
      Order: countOf('Order'),
      Line: countOf('Line'),
      Sub: countOf('Sub'),
      OldStyle: countOf('OldStyle'),
      shape: countOf('Object {sku, price, label}'),
      closures: census.closures.find(({ place }) => place.functionName === 'gmrCounted')?.count ?? 0,
    };
    for (const [name, count] of Object.entries(HAS)) {
      expect({ name, count: counted[name as keyof typeof counted] >= count }).toEqual({ name, count: true });
      expect({ name, more: counted[name as keyof typeof counted] - count <= MORE }).toEqual({ name, more: true });
    }
    expect(countOf('Map')).toBeGreaterThanOrEqual(3000);
    const longest = census.longest.slice(0, 3);
    expect(longest.map(({ kind, length }) => ({ kind, length }))).toEqual([
      { kind: 'array', length: 260_000 },
      { kind: 'map', length: 250_000 },
      { kind: 'set', length: 240_000 },
    ]);
    // A bundler may add a number to a name.
    const keepers = [/^queue\d* of start$/, /^_?Registry\d*\.entries$/, /^_?Registry\d*\.names$/];
    for (const [index, { keeper }] of longest.entries())
      if (keeper || !mayMove) expect(keeper?.label).toMatch(keepers[index] as RegExp);
    expect(census.lengths.find(({ upTo }) => upTo === 1)?.map).toBeGreaterThanOrEqual(3000);
    const order = census.classes.find(({ name }) => name === 'Order');
    expect(order?.place?.file).toMatch(/census-target\.js$/);
    expect(order?.place?.enclosingLine).toBeGreaterThan(0);
    // Five words each.
    expect(order?.bytes).toBeGreaterThanOrEqual(HAS.Order * 40);
    expect(order?.bytes).toBeLessThanOrEqual((HAS.Order + MORE) * 40);
    expect(census.objects).toBeGreaterThanOrEqual(sum(census.classes));
    expect(JSON.stringify(census)).not.toContain('example.com');
  });
});

function sum(classes: readonly { readonly count: number }[]): number {
  return classes.reduce((all, { count }) => all + count, 0);
}
