import { afterAll, expect, it } from 'vitest';
import { seed } from '../fuzz/random.js';
import { fuzzReceiver } from '../fuzz/receiver.js';
import { fuzzRedaction } from '../fuzz/redaction.js';
import { killAll } from './start.js';

/** The same input at each run; `npm run fuzz` has another at each. */
const SEED = 1;
const REPORTS = 1500;
const REQUESTS = 400;

afterAll(killAll);

it('a secret planted anywhere in a random report survives nowhere in it', () => {
  const { inputs } = fuzzRedaction(SEED, (done) => done < REPORTS);
  expect(inputs).toBe(REPORTS);
  console.log(`redaction, seed ${SEED}: ${inputs} random reports`);
});

it('a collector takes reports whatever random input it gets, in bounded memory, and shows nothing raw', async () => {
  const { inputs, statuses, peakMib } = await fuzzReceiver(seed(SEED), (done) => done < REQUESTS);
  expect(inputs).toBe(REQUESTS);
  // Not only refusals: what has OTLP's shape is read to its depths.
  expect(statuses['200']).toBeGreaterThan(REQUESTS / 10);
  console.log(`receiver, seed ${SEED}: ${inputs} random inputs, answers`, statuses, `peak ${peakMib} MiB`);
});
