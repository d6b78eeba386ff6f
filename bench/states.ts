/**
 * State by state: does a kill give a report, does it name the culprit, how long to the text and to a collector.
 * One Node line a run: node bench/dist/states.js. The first report of each process, and so with all that is not yet warm.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from './load.js';

const STATES: readonly (readonly [state: string, culprit: RegExp, env?: Record<string, string>])[] = [
  ['idle', /main = idle/],
  ['loop', /in .*spinForever/],
  ['regex', /in .*matchForever/],
  ['atomics', /in .*waitForever/],
  ['allocation', /in .*allocateForever/],
  ['exec', /command = .*sleep/],
  ['fifo', /system call open/],
  ['json', /main = in native code/, { JSON_ITEMS: '12000000' }],
  ['pbkdf2', /main = in native code/],
  ['worker', /in .*spinForever/],
  ['workers', /pool-49/],
  ['loop at start-up', /in .*spinForever/, { AT_ONCE: '1' }],
  ['exit', /in .*flushOnExit/],
];
const SETTLE_MS: { readonly [state: string]: number } = { json: 3000, workers: 4000, 'loop at start-up': 0 };

const directory = mkdtempSync(join(tmpdir(), 'states-'));
execFileSync('mkfifo', [join(directory, 'fifo')]);
let onTaken = () => {};
const collector = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json').end('{}');
    if (request.url === '/v1/logs') onTaken();
  });
});
await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

console.log(`| node ${process.version} | report | culprit | to text, ms | to collector, ms |\n|---|---|---|---|---|`);
for (const [state, culprit, env] of STATES) await measure(state, culprit, env ?? {});
collector.close();
rmSync(directory, { recursive: true });

async function measure(state: string, culprit: RegExp, env: Record<string, string>): Promise<void> {
  const app = fileURLToPath(new URL('../../test/apps/states.mjs', import.meta.url));
  const register = new URL('../../dist/register.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', register, app, state.split(' ')[0] ?? ''], {
    env: {
      PATH: process.env.PATH,
      // Its own: what a process before it has left is not to be taken for its report.
      GMR_SPOOL_DIR: join(directory, `spool ${state}`),
      FIFO: join(directory, 'fifo'),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      ...env,
    },
  });
  let text = '';
  const printed = new Promise<number>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (/^resourceUsage/m.test(text)) resolve(performance.now());
    });
  });
  const taken = new Promise<number>((resolve) => {
    onTaken = () => resolve(performance.now());
  });
  await new Promise((up) => child.stdout.once('data', up));
  await pause(SETTLE_MS[state] ?? 1000);
  const startMs = performance.now();
  child.kill('SIGUSR2');
  // What comes before the agent listens is survived, and answered with the next.
  const again = state === 'loop at start-up' ? setInterval(() => child.kill('SIGUSR2'), 50) : undefined;
  const bound = pause(20_000).then(() => Number.NaN);
  const textMs = (await Promise.race([printed, bound])) - startMs;
  clearInterval(again);
  const takenMs = (await Promise.race([taken, bound])) - startMs;
  const yes = (is: boolean) => (is ? 'yes' : 'no');
  console.log(
    `| ${state} | ${yes(!Number.isNaN(textMs))} | ${yes(culprit.test(text))} | ${textMs.toFixed(0)} | ${takenMs.toFixed(0)} |`,
  );
  child.kill('SIGKILL');
}
