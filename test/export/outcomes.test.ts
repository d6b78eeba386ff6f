import { expect, test } from 'vitest';
import { createOutcomes, joinSentences } from '../../src/export/outcomes.js';
import type { Fate } from '../../src/export/shipment.js';

const LONG_MS = 600_000;
const fate = (sentence: string, taken = true): Promise<Fate> => Promise.resolve({ taken, sentence });
/** One that is known when it is told. */
function later() {
  let tell: (sentence: string) => void = () => {};
  const promise = new Promise<Fate>((resolve) => {
    tell = (sentence) => resolve({ taken: true, sentence });
  });
  return { promise, tell };
}

function start() {
  const lines: string[] = [];
  return { lines, ...createOutcomes((id, sentence) => void lines.push(`${id}: ${sentence}`)) };
}

test.each([
  [['9 records taken by A', '14 spans taken by B'], '9 records taken by A, 14 spans by B'],
  [
    ['1 record taken by A at the 2nd try', '1 span taken by B at the 2nd try'],
    '1 record taken by A, 1 span by B at the 2nd try',
  ],
  [
    ['9 records not taken by A (down): kept', '2 spans not taken by B (down): kept'],
    '9 records not taken by A, nor 2 spans by B (down): kept',
  ],
  [
    ['9 records taken by A', '2 spans not taken by B (down): kept'],
    '9 records taken by A; 2 spans not taken by B (down): kept',
  ],
  [
    ['9 records taken by A', '2 spans taken by B (it says: x)'],
    '9 records taken by A; 2 spans taken by B (it says: x)',
  ],
  [
    ['9 records taken by A', '1 record taken by A', '2 spans taken by B'],
    '9 records taken by A, 1 record by A; 2 spans taken by B',
  ],
  [['', '2 spans taken by B'], '2 spans taken by B'],
  [['', ''], ''],
  [[], ''],
])('%j is said as %j', (sentences, line) => {
  expect(joinSentences(sentences)).toBe(line);
});

test('both are one line, in the order in which they were given, whichever comes first', async () => {
  const { lines, sayFirst } = start();
  const records = later();
  const saying = sayFirst('r', [records.promise, fate('2 spans taken by B')], LONG_MS);
  records.tell('9 records taken by A');
  expect(await saying).toEqual({ taken: true, sentence: '9 records taken by A, 2 spans by B' });
  expect(lines).toEqual(['r: 9 records taken by A, 2 spans by B']);
});

test('what is known is said when the patience has ended, and the rest when it is known', async () => {
  const { lines, sayFirst } = start();
  const spans = later();
  const saying = sayFirst('r', [fate('9 records taken by A'), spans.promise], 1);
  while (lines.length === 0) await new Promise((turned) => setTimeout(turned, 1));
  expect(lines).toEqual(['r: 9 records taken by A']);
  spans.tell('2 spans taken by B');
  expect((await saying).sentence).toBe('9 records taken by A, 2 spans by B');
  expect(lines.slice(1)).toEqual(['r: 2 spans taken by B']);
});

test('what came later is never said before what came first', async () => {
  const { lines, sayFirst, sayLater } = start();
  const spans = later();
  const saying = sayFirst('r', [fate('9 records not taken by A (down): kept', false), spans.promise], LONG_MS);
  await new Promise(setImmediate);
  sayLater('r', '9 records taken by A at the 2nd try');
  sayLater('other', '1 record taken by A');
  expect(lines).toEqual([
    'r: 9 records not taken by A (down): kept',
    'r: 9 records taken by A at the 2nd try',
    'other: 1 record taken by A',
  ]);
  spans.tell('');
  expect((await saying).taken).toBe(false);
  expect(lines).toHaveLength(3);
});
