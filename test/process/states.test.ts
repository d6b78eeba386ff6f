import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killAll, makeStateDirectory, startApp, WHOLE } from './start.js';

const directory = mkdtempSync(join(tmpdir(), 'gmr-states-'));
const fifo = join(directory, 'fifo');
execFileSync('mkfifo', [fifo]);

afterEach(killAll);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SLOW_COLLECTIONS = ['--single-threaded-gc', '--no-incremental-marking'];

/** Kills until the report shows the program in its state: how soon that is depends on the machine. */
async function reportIn(
  state: string,
  expected: RegExp,
  times = 1,
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<string> {
  const app = startApp('states', { args: [state], env: { GMR_MAX_REPORTS_PER_MINUTE: '1000', ...env }, flags });
  await app.untilStdout(/up/);
  let report = '';
  for (let n = 1; n <= 200; n += 1) {
    app.kill(n % 2 === 0 ? 'SIGUSR2' : 'SIGUSR1');
    const all = await app.untilStderr(/^====\s+Runtime\s+====$/m, n);
    report = all.slice(all.lastIndexOf('Guru Meditation'));
    if (countIn(report, expected) >= times) break;
  }
  expect(report).toMatch(expected);
  expect(countIn(report, expected)).toBeGreaterThanOrEqual(times);
  expect(app.child.exitCode).toBeNull();
  return report;
}

function countIn(text: string, pattern: RegExp): number {
  return [...text.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].length;
}

describe('a signal makes a report that names the state of the main thread,', () => {
  it('when it is idle', async () => {
    const report = await reportIn('idle', /^main = idle$/m);
    expect(report).toMatch(/no calls: it waits for events/);
  });

  it('when it is an idle server: each of sixty signals wakes it', async () => {
    const app = startApp('states', { args: ['server'], env: { GMR_MAX_REPORTS_PER_MINUTE: '1000' } });
    await app.untilStdout(/up/);
    for (let n = 1; n <= 60; n += 1) {
      app.kill(n % 2 === 0 ? 'SIGUSR2' : 'SIGUSR1');
      await app.untilStderr(/^====\s+Runtime\s+====$/m, n);
    }
    const states = [...app.stderr().matchAll(/^main = (.*)$/gm)].map(([, state]) => state);
    expect(states).toEqual(Array.from({ length: 60 }, () => 'idle'));
  });

  it('in an endless loop', async () => {
    const report = await reportIn('loop', /states\.mjs:\d+:\d+ in .*spinForever/);
    expect(report).toMatch(/^main = running JavaScript( for .*)?$/m);
    expect(report).toMatch(/^ {4}`while \(Date\.now\(\) < end\) n \+= 1;`$/m);
  });

  it('in a catastrophic regular expression', async () => {
    await reportIn('regex', /states\.mjs:\d+:\d+ in .*matchForever/);
  });

  it('in Atomics.wait', async () => {
    const report = await reportIn('atomics', /^main = waiting[\s\S]*states\.mjs:\d+:\d+ in .*waitForever/m);
    expect(report).toMatch(/^main = waiting in Atomics\.wait( for .*)?$/m);
  });

  it('in an allocation storm', async () => {
    await reportIn('allocation', /states\.mjs:\d+:\d+ in .*allocateForever/);
  });

  it.each([
    ['await-loop', 'drainQueue'],
    ['poll', 'waitUntilReady'],
    ['barrier', 'waitForSettled'],
    ['next-tick', 'retryNow'],
    ['microtask', 'queueAgain'],
    ['immediate', 'pumpImmediates'],
    ['port', 'answerPing'],
    ['worker:await-loop', 'drainQueue'],
  ])('in many short jobs: %s', async (state, culprit) => {
    const report = await reportIn(state, new RegExp(`states\\.mjs:\\d+:\\d+ in .*${culprit}`));
    if (!state.startsWith('worker')) expect(report).toMatch(/^main = running JavaScript/m);
    else expect(report).toMatch(/^name = stuck\nstate = running JavaScript/m);
  });

  it('in a full thread pool', async () => {
    const report = await reportIn('pool', /^pool = 4 of 4 pool threads are busy: 4 in open(at)? \(/m, 1, {
      FIFO: fifo,
    });
    expect(report).toMatch(/^main = idle$/m);
  });

  it('in a worker that never answered, by its thread', async () => {
    await reportIn('worker:fifo', /^name = stuck\nstate = in native code[\s\S]*?^kernel = .*system call open/m, 1, {
      FIFO: fifo,
    });
    await reportIn('worker:exec', /^name = stuck\nstate = waits for its child: sleep 20 \(pid \d+\)/m);
  });

  it('in execSync: the kernel stands in, and the command is in the process tree', async () => {
    // Until the child is what it was made for: before that it is a copy of its parent.
    const report = await reportIn('exec', /^state = waits for its child: sleep 20 [\s\S]*^ {4} {2}command = .*sleep/m);
    expect(report).toMatch(/^main = waits for its child( for .*)?$/m);
    expect(report).toMatch(/^state = waits for its child: sleep 20 \(pid \d+\)/m);
    expect(report).toMatch(/^kernel = sleeping/m);
    expect(report).toMatch(/system call (epoll_wait|epoll_pwait)/);
  });

  it('reading a FIFO that nobody writes to', async () => {
    const report = await reportIn('fifo', /^main = in native code( for .*)?$[\s\S]*^kernel = .*system call open/m, 1, {
      FIFO: fifo,
    });
    expect(report).toMatch(/^kernel = .*system call (open|openat)/m);
  });

  it('in one huge JSON.parse', async () => {
    const report = await reportIn('json', /^main = in native code( for .*)?$/m, 1, { JSON_ITEMS: '12000000' });
    expect(report).toMatch(/^kernel = .* [1-9][\d.]* ms CPU/m);
  });

  it('collecting garbage', async () => {
    const collecting = /^main = collecting garbage$/m;
    const report = await reportIn('garbage', collecting, 1, { GMR_DEADLINE_MS: '10' }, SLOW_COLLECTIONS);
    expect(report).toMatch(/^name = main\nstate = collecting garbage$/m);
    expect(report).not.toMatch(/^native call =/m);
  });

  it('in a worker that collects garbage', async () => {
    const collecting = /^name = stuck\nstate = collecting garbage$/m;
    await reportIn('worker:garbage', collecting, 1, { GMR_DEADLINE_MS: '10' }, SLOW_COLLECTIONS);
  });

  it('in pbkdf2Sync', async () => {
    const report = await reportIn('pbkdf2', /^main = in native code( for .*)?$/m);
    expect(report).toMatch(/^kernel = running/m);
  });

  it('when a worker spins and main is idle', async () => {
    const report = await reportIn(
      'worker',
      /^main = idle$[\s\S]*^name = spinner\nstate = running JavaScript( for .*)?$[\s\S]*in .*spinForever/m,
    );
    expect(report).toMatch(/^main = idle$/m);
    expect(report).toMatch(/states\.mjs:\d+:\d+ in .*spinForever/);
  });

  it('when it has fifty workers', async () => {
    // They start in any order: a report before the last has is made again.
    const report = await reportIn('workers', /^name = pool-\d+$/m, 50, { GMR_FORMAT: 'full' });
    expect(countIn(report, /^name = pool-\d+$/m)).toBe(50);
  });

  it('when it has fifty workers that do six things', async () => {
    const state = (work: string, count: number, said: string) =>
      Array.from({ length: count }, (_, n) => `${work}-${n} = ${said}`);
    const expected = [
      ...state('idle', 22, 'idle'),
      ...state('loop', 2, 'running JavaScript'),
      ...state('await-loop', 1, 'running JavaScript'),
      ...state('atomics', 10, 'waiting in Atomics.wait'),
      ...state('exec', 5, 'waits for its child'),
      ...state('fifo', 5, 'in native code'),
      ...Array.from({ length: 5 }, () => 'states.mjs = idle'),
    ].sort();
    const app = startApp('states', {
      args: ['mixed-workers'],
      env: {
        GMR_FORMAT: 'full',
        GMR_MAX_REPORTS_PER_MINUTE: '1000',
        GMR_DEADLINE_MS: '5000',
        FIFO: fifo,
        STUCK_MS: '600000',
      },
    });
    await app.untilStdout(/up/);
    // They start in any order: a report before the last is in its state is made again.
    let seen: string[] = [];
    const endMs = performance.now() + 180_000;
    for (let n = 1; String(seen) !== String(expected) && performance.now() < endMs; n += 1) {
      app.kill();
      const all = await app.untilStderr(/^====\s+Runtime\s+====$/m, n, 120_000);
      const last = all.slice(all.lastIndexOf('Guru Meditation'));
      seen = [...last.matchAll(/^name = (.*)\nstate = ([\w. ]*?)(?: for \d.*|: sleep .*)?$/gm)]
        .map(([, name, said]) => `${name} = ${said}`)
        .filter((line) => !line.startsWith('main = '))
        .sort();
    }
    expect(seen).toEqual(expected);
  }, 240_000);

  it('while exit listeners run, and the exit code stays', async () => {
    const release = join(makeStateDirectory(), 'release');
    const app = startApp('states', { args: ['exit'], env: { STUCK_MS: '60000', RELEASE: release } });
    await app.untilStdout(/up/);
    app.kill();
    const report = await app.untilStderr(WHOLE);
    writeFileSync(release, '');
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
