/**
 * Random input for the redaction and for the receiver, half of the time for each: npm run fuzz [-- SECONDS [SEED]]
 *
 * Ends with 1 when a secret survives, something throws, or memory is not bounded; the same seed makes the same input.
 */
import { seed } from './random.js';
import { fuzzReceiver } from './receiver.js';
import { fuzzRedaction } from './redaction.js';

const [seconds = 60, start = Date.now() % 1_000_000_000] = process.argv.slice(2).map(Number);
if (!(seconds > 0 && Number.isSafeInteger(start))) throw new Error('expected: npm run fuzz [-- SECONDS [SEED]]');
const until = (ms: number) => {
  const endMs = performance.now() + ms;
  return () => performance.now() < endMs;
};

console.log(`fuzz: seed ${start}, ${seconds} s, ${process.version}`);
const { inputs: reports, slowestMs } = fuzzRedaction(start, until(seconds * 500));
const rssMib = Math.round(process.memoryUsage.rss() / 2 ** 20);
console.log(
  `redaction: ${reports} reports with a secret, none survived; slowest ${slowestMs.toFixed(0)} ms, RSS ${rssMib} MiB`,
);
const { inputs: requests, statuses, peakMib } = await fuzzReceiver(seed(start), until(seconds * 500));
console.log(`receiver: ${requests} inputs, it goes on; answers ${JSON.stringify(statuses)}; peak RSS ${peakMib} MiB`);
