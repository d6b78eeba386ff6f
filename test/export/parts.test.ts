import { expect, test } from 'vitest';
import { MAX_BODY_BYTES, type Part, splitSection } from '../../src/export/wire/parts.js';
import type { Value } from '../../src/report.js';
import { makeSection } from './helpers.js';

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const bodyOf = ({ text, data }: Part) => (data === undefined ? { text } : { text, data });

function expectParts(parts: readonly Part[], text: string): void {
  for (const [index, part] of parts.entries()) {
    expect(bytes(bodyOf(part))).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(part).toMatchObject({ part: index + 1, parts: parts.length });
  }
  expect(parts.map((part) => part.text).join('')).toBe(text);
}

test('a section that fits is one part, as it is', () => {
  const parts = splitSection(makeSection('package', { product: 'x' }), 'Package\n');
  expect(parts).toEqual([{ text: 'Package\n', data: { product: 'x' }, part: 1, parts: 1 }]);
});

test('a section with a text alone has no data', () => {
  const [part] = splitSection(makeSection('custom.queue', null, { text: 'deep\n' }), 'deep\n');
  expect(part).not.toHaveProperty('data');
  const [empty] = splitSection(makeSection('custom.queue', null), '');
  expect(empty).toHaveProperty('data', null);
});

test('one megabyte of threads is split between threads, and every part has the shape of the section', () => {
  const threads = Array.from({ length: 500 }, (_, id) => ({ id, name: `worker ${id}`, stack: 'é'.repeat(1000) }));
  const text = threads.map(({ id }) => `thread ${id}\n`).join('');
  const data = { threads, osThreads: [{ id: 1 }], note: 'all of them', count: 500 };
  const parts = splitSection(makeSection('threads', data), text);
  expect(parts.length).toBeGreaterThan(4);
  expectParts(parts, text);
  const shapes = parts.map((part) => part.data as typeof data);
  for (const shape of shapes) {
    expect(Object.keys(shape)).toEqual(['threads', 'osThreads', 'note', 'count']);
    expect(shape).toMatchObject({ note: 'all of them', count: 500 });
  }
  expect(shapes.flatMap((shape) => shape.threads)).toEqual(threads);
  expect(shapes.flatMap((shape) => shape.osThreads)).toEqual([{ id: 1 }]);
});

test('one megabyte of text is split at line ends, and nothing of it is lost', () => {
  const text = Array.from({ length: 20_000 }, (_, n) => `line ${n} of a "long" text\t🦔 ${'x'.repeat(20)}\n`).join('');
  const parts = splitSection(makeSection('custom.text', null, { text }), text);
  expect(parts.length).toBeGreaterThan(5);
  expectParts(parts, text);
  for (const part of parts) expect(part.text.endsWith('\n')).toBe(true);
});

test('a text of one line of a megabyte is split between characters', () => {
  const text = '🦔"\n'.repeat(3) + '🦔\\'.repeat(200_000);
  const parts = splitSection(makeSection('custom.text', null, { text }), text);
  expectParts(parts, text);
  for (const part of parts) expect(part.text.isWellFormed()).toBe(true);
});

test('a list, a dictionary and a group deep within are split by their items', () => {
  const list = Array.from({ length: 40_000 }, (_, n) => `item ${n}`);
  const lists = splitSection(makeSection('custom.list', list), 'list\n');
  expectParts(lists, 'list\n');
  expect(lists.flatMap((part) => part.data as Value[])).toEqual(list);

  const map = Object.fromEntries(list.map((item, n) => [item, n]));
  const maps = splitSection(makeSection('custom.map', map), 'map\n');
  expectParts(maps, 'map\n');
  expect(Object.assign({}, ...maps.map((part) => part.data as object))).toEqual(map);

  const deep = { groups: { redis: { nodes: map } }, environment: { A: '1' }, commandLine: ['node'] };
  const deeps = splitSection(makeSection('configuration', deep), 'deep\n');
  expectParts(deeps, 'deep\n');
  const nodes = deeps.map((part) => (part.data as typeof deep).groups.redis?.nodes ?? {});
  expect(Object.assign({}, ...nodes)).toEqual(map);
});

test('an item too large for a part is cut in the data with a note, and whole in the text', () => {
  const large = 'y'.repeat(700_000);
  const parts = splitSection(makeSection('custom.blob', { small: 1, large }), `${large}\n`);
  expectParts(parts, `${large}\n`);
  const found = parts.map((part) => (part.data as { large?: string }).large ?? '').join('');
  expect(found).toMatch(/^y+… \[cut: 700000 characters; the whole is in the section's text\]$/);
});
