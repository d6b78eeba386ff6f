import { expect, test } from 'vitest';
import { createOutcomes } from '../../src/export/outcomes.js';
import { type Fate, joinSentences } from '../../src/export/wording.js';

const LONG_MS = 600_000;
const fate = (sentence: string, taken = true): Promise<Fate> => Promise.resolve({ taken, sentence });
/** An outcome that is known when the test says so. */
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
  [['A took 9 log records', 'B took 14 spans'], 'A took 9 log records; B took 14 spans'],
  [
    ['A took 1 log record at the 2nd try', 'B took 1 span at the 2nd try'],
    'A took 1 log record; B took 1 span at the 2nd try',
  ],
  [
    ['A did not take 9 log records (down): kept', 'B did not take 2 spans (down): kept'],
    'A did not take 9 log records; B did not take 2 spans (down): kept',
  ],
  [
    ['A took 9 log records', 'B did not take 2 spans (down): kept'],
    'A took 9 log records; B did not take 2 spans (down): kept',
  ],
  [['A took 9 log records', 'B took 2 spans (it says: x)'], 'A took 9 log records; B took 2 spans (it says: x)'],
  [
    ['A took 9 log records', 'A took 1 log record', 'B took 2 spans'],
    'A took 9 log records; A took 1 log record; B took 2 spans',
  ],
  [['', 'B took 2 spans'], 'B took 2 spans'],
  [['', ''], ''],
  [[], ''],
])('%j is said as %j', (sentences, line) => {
  expect(joinSentences(sentences)).toBe(line);
});

test('the outcomes of a report are one line, in the order in which they were given, whichever comes first', async () => {
  const { lines, sayFirst } = start();
  const records = later();
  const saying = sayFirst('r', [records.promise, fate('B took 2 spans')], LONG_MS);
  records.tell('A took 9 log records');
  expect(await saying).toEqual({ taken: true, sentence: 'A took 9 log records; B took 2 spans' });
  expect(lines).toEqual(['r: A took 9 log records; B took 2 spans']);
});

test('the known outcomes are said when the patience has ended, and the others when they are known', async () => {
  const { lines, sayFirst } = start();
  const spans = later();
  const saying = sayFirst('r', [fate('A took 9 log records'), spans.promise], 1);
  while (lines.length === 0) await new Promise((turned) => setTimeout(turned, 1));
  expect(lines).toEqual(['r: A took 9 log records']);
  spans.tell('B took 2 spans');
  expect((await saying).sentence).toBe('A took 9 log records; B took 2 spans');
  expect(lines.slice(1)).toEqual(['r: B took 2 spans']);
});

test('a later outcome is never said before the first ones', async () => {
  const { lines, sayFirst, sayLater } = start();
  const spans = later();
  const saying = sayFirst('r', [fate('A did not take 9 log records (down): kept', false), spans.promise], LONG_MS);
  await new Promise(setImmediate);
  sayLater('r', 'A took 9 log records at the 2nd try', true);
  sayLater('other', 'A took 1 log record', true);
  expect(lines).toEqual([
    'r: A did not take 9 log records (down): kept',
    'r: A took 9 log records at the 2nd try',
    'other: A took 1 log record',
  ]);
  spans.tell('');
  expect((await saying).taken).toBe(false);
  expect(lines).toHaveLength(3);
});
