import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killAll, MANY_REPORTS, reportUntil, startText, WHEN_READY } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'silent-'));
const fifo = join(directory, 'fifo');
execFileSync('mkfifo', [fifo]);

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The report of a program whose main thread, and two workers if it has them, wait for a pipe that nobody writes to. */
async function readReport(hasWorkers: boolean, env: Record<string, string>): Promise<string> {
  const wait = `require('node:fs').readFileSync(${JSON.stringify(fifo)})`;
  const app = startText(
    `${WHEN_READY}
     import { readFileSync } from 'node:fs';
     import { Worker } from 'node:worker_threads';
     const start = () => new Promise((resolve) => {
       const text = ${JSON.stringify(`require('node:worker_threads').parentPort.postMessage(1); ${wait}`)};
       new Worker(text, { eval: true }).once('message', resolve);
     });
     if (${hasWorkers}) await Promise.all([start(), start()]);
     setTimeout(function readOrder() { console.log('up'); readFileSync(${JSON.stringify(fifo)}); }, 50);`,
    { env: { ...MANY_REPORTS, GMR_DEADLINE_MS: '100', ...env } },
  );
  await app.untilStdout(/up/);
  // It may be on its way to the pipe, and answer.
  return reportUntil(app, /^gmr [0-9a-f]{32}: main /m, (report) => /^kernel = .*system call open/m.test(report));
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a thread that does not answer', () => {
  it('has its stack from memory; if that is off, the report says it once', async () => {
    expect(await readReport(false, {})).toMatch(/^note = .*its stack was read from memory$[\s\S]* in .*readOrder/m);
    const report = await readReport(false, { GMR_MEMORY_READER: 'off' });
    expect(report.match(/not read from memory: it is switched off/g)).toHaveLength(1);
    expect(report).not.toMatch(/no stack from memory/);
  });

  it('announces no workers: the report says how many are left out', async () => {
    expect(await readReport(true, {})).toMatch(
      /^note = 2 worker threads could not be asked: main announces them, and it did not answer$/m,
    );
  });

  it('has ended before it could answer: the report says so, not that it took too long', async () => {
    const app = startText(
      `${WHEN_READY}
       import { Worker } from 'node:worker_threads';
       const text = 'const endMs = performance.now() + 60 * Math.random(); while (performance.now() < endMs); process.exit();';
       const start = () => void new Worker(text, { eval: true, name: 'short' }).once('exit', start);
       for (let n = 0; n < 3; n += 1) start();
       console.log('up');`,
      // Longer than it lives.
      { env: { GMR_DEADLINE_MS: '10000', GMR_MAX_REPORTS_PER_MINUTE: '1000' } },
    );
    await app.untilStdout(/up/);
    const ended = /^name = short.*\nstate = did not answer\nnote = ended while it was asked$/m;
    for (let n = 1; n <= 100 && !ended.test(app.stderr()); n += 1) {
      app.kill();
      await app.untilStderr(/^====\s+Runtime\s+====$/m, n);
    }
    expect(app.stderr()).toMatch(ended);
  });
});
