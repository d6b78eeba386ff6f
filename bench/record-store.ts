/**
 * Fills a directory with real reports: `node bench/dist/record-store.js DIRECTORY`. Starts the collector and programs of eight
 * services, and asks each for reports a few times.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { untilPrinted } from './until-printed.js';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('expected a directory');
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const register = new URL('../../dist/esm/register.js', import.meta.url).href;
const scratch = mkdtempSync(join(tmpdir(), 'record-'));

/** Service, program and its state, how often it is asked. */
const PROGRAMS: readonly (readonly [service: string, script: string, state: string, times: number])[] = [
  ['checkout', 'bench/shop.mjs', 'stuck', 3],
  ['checkout', 'bench/shop.mjs', 'stuck', 2],
  ['checkout', 'bench/shop.mjs', 'calm', 3],
  ['storefront', 'bench/shop.mjs', 'busy', 4],
  ['storefront', 'bench/shop.mjs', 'busy', 2],
  ['mailer', 'bench/shop.mjs', 'crash', 0],
  ['mailer', 'bench/shop.mjs', 'crash', 0],
  ['mailer', 'bench/shop.mjs', 'calm', 2],
  ['billing', 'test/apps/states.mjs', 'regex', 3],
  ['billing', 'test/apps/states.mjs', 'loop', 3],
  ['billing', 'test/apps/states.mjs', 'json', 2],
  ['nightly-batch', 'test/apps/states.mjs', 'exec', 2],
  ['nightly-batch', 'test/apps/states.mjs', 'spawn', 2],
  ['search', 'test/apps/states.mjs', 'atomics', 2],
  ['search', 'test/apps/states.mjs', 'pool', 2],
  ['images', 'test/apps/states.mjs', 'mixed-workers', 2],
  ['images', 'test/apps/states.mjs', 'workers', 2],
  ['stock', 'test/apps/states.mjs', 'await-loop', 2],
  ['stock', 'test/apps/states.mjs', 'server', 2],
  ['stock', 'test/apps/states.mjs', 'immediate', 2],
];

mkdirSync(directory, { recursive: true });
const collector = spawn(process.execPath, [
  path('dist/gmr.cjs'),
  'collect',
  '--port',
  '0',
  '--dir',
  resolve(directory),
]);
const printed = await untilPrinted(collector, /listening on (\S+),/);
// One after another: on a small machine each would otherwise wait for the others.
for (const [index, one] of PROGRAMS.entries()) await run(index, one);
collector.kill();
rmSync(scratch, { recursive: true });

async function run(index: number, [service, script, state, times]: (typeof PROGRAMS)[number]): Promise<void> {
  const child = spawn(process.execPath, ['--import', register, path(script), state], {
    env: {
      PATH: process.env.PATH,
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_ENDPOINT: printed,
      GMR_SPOOL_DIR: join(scratch, String(index)),
      STUCK_MS: '30000',
      GMR_CRASH: 'true',
    },
  });
  let taken = 0;
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    taken = text.match(/^gmr [0-9a-f]{32}: \S+ took \d+ log records/gm)?.length ?? 0;
  });
  try {
    await untilPrinted(child, /(up)/);
    for (let asked = 0; asked < Math.max(times, 1); asked += 1) {
      await pause(800);
      if (times > 0) child.kill('SIGUSR1');
      for (let waits = 0; taken <= asked && waits < 200 && child.exitCode === null; waits += 1) await pause(50);
      await pause(200);
    }
    console.log(`${service} ${state}: ${taken} reports taken`);
  } finally {
    child.kill('SIGKILL');
  }
}
