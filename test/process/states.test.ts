import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killAll, startApp, WHOLE } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'gmr-states-'));
const fifo = join(directory, 'fifo');
execFileSync('mkfifo', [fifo]);

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Kills until the report shows the program in its state: how soon it is in it depends on the machine. */
async function reportIn(state: string, expected: RegExp, times = 1, env: Record<string, string> = {}): Promise<string> {
  const app = startApp('states', { args: [state], env: { GMR_MAX_REPORTS_PER_MINUTE: '1000', ...env } });
  await app.untilStdout(/up/);
  let report = '';
  for (let n = 1; n <= 20; n += 1) {
    app.kill(n % 2 === 0 ? 'SIGUSR2' : 'SIGUSR1');
    const all = await app.untilStderr(/^====\s+Runtime\s+====$/m, n);
    report = all.slice(all.lastIndexOf('Guru Meditation'));
    if (countIn(report, expected) >= times) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(report).toMatch(expected);
  expect(countIn(report, expected)).toBeGreaterThanOrEqual(times);
  expect(app.child.exitCode).toBeNull();
  return report;
}

function countIn(text: string, pattern: RegExp): number {
  return [...text.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].length;
}

describe('a signal makes a report, and names what holds the main thread,', () => {
  it('when it is idle', async () => {
    const report = await reportIn('idle', /^main = idle$/m);
    expect(report).toMatch(/no calls: it waits for events/);
  });

  it('in an endless loop', async () => {
    const report = await reportIn('loop', /states\.mjs:\d+:\d+ in .*spinForever/);
    expect(report).toMatch(/^main = running JavaScript$/m);
    expect(report).toMatch(/^ {4}`while \(Date\.now\(\) < end\) n \+= 1;`$/m);
  });

  it('in a catastrophic regular expression', async () => {
    await reportIn('regex', /states\.mjs:\d+:\d+ in .*matchForever/);
  });

  it('in Atomics.wait', async () => {
    await reportIn('atomics', /states\.mjs:\d+:\d+ in .*waitForever/);
  });

  it('in an allocation storm', async () => {
    await reportIn('allocation', /states\.mjs:\d+:\d+ in .*allocateForever/);
  });

  it('in execSync: the kernel stands in, and the command is in the process tree', async () => {
    const report = await reportIn('exec', /^main = in native code$/m);
    expect(report).toMatch(/^kernel = sleeping/m);
    expect(report).toMatch(/system call (epoll_wait|epoll_pwait)/);
    expect(report).toMatch(/^ {4} {2}command = .*sleep/m);
  });

  it('reading a FIFO that nobody writes to', async () => {
    const report = await reportIn('fifo', /^main = in native code$/m, 1, { FIFO: fifo });
    expect(report).toMatch(/^kernel = .*system call (open|openat)/m);
  });

  it('in one huge JSON.parse', async () => {
    const report = await reportIn('json', /^main = in native code$/m, 1, { JSON_ITEMS: '12000000' });
    expect(report).toMatch(/^kernel = .* [1-9][\d.]* ms CPU/m);
  });

  it('in pbkdf2Sync', async () => {
    const report = await reportIn('pbkdf2', /^main = in native code$/m);
    expect(report).toMatch(/^kernel = running/m);
  });

  it('when a worker spins and main is idle', async () => {
    const report = await reportIn(
      'worker',
      /^main = idle$[\s\S]*^name = spinner\nstate = running JavaScript$[\s\S]*in .*spinForever/m,
    );
    expect(report).toMatch(/^main = idle$/m);
    expect(report).toMatch(/states\.mjs:\d+:\d+ in .*spinForever/);
  });

  it('when it has fifty workers', async () => {
    // They start in any order: a report before the last has is made again.
    const report = await reportIn('workers', /^name = pool-\d+$/m, 50);
    expect(countIn(report, /^name = pool-\d+$/m)).toBe(50);
  });

  it('while exit listeners run, and the exit code stays', async () => {
    const app = startApp('states', { args: ['exit'], env: { STUCK_MS: '4000' } });
    await app.untilStdout(/up/);
    app.kill();
    const report = await app.untilStderr(WHOLE);
    expect(report).toMatch(/states\.mjs:\d+:\d+ in .*flushOnExit/);
    expect(await app.ended).toEqual({ code: 7, signal: null });
  });

  it('at start-up, before the agent is ready: a signal is survived, and the next one answered while main still spins', async () => {
    const app = startApp('states', { args: ['loop'], env: { AT_ONCE: '1', GMR_MAX_REPORTS_PER_MINUTE: '1000' } });
    await app.untilStdout(/up/);
    app.kill();
    const again = setInterval(() => app.kill(), 200);
    const report = await app.untilStderr(WHOLE).finally(() => clearInterval(again));
    expect(report).toMatch(/states\.mjs:\d+:\d+ in .*spinForever/);
    expect(app.child.exitCode).toBeNull();
  });
});
