import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CLI, INDEX, killAll, startNode, startText } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'crash-'));
afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const BEGIN = `import { setupAutorun } from ${JSON.stringify(INDEX)}; await setupAutorun().ready; setInterval(() => {}, 1000);`;
const CRASH = { GMR_CRASH: 'true' };
const THROW = `
  function chargeCard() {
    throw new AggregateError([new TypeError('no card')], 'payment failed', {
      cause: new Error('gateway said no', { cause: new RangeError('limit is 0') }) });
  }
  setTimeout(chargeCard, 5);`;

describe('a crash', () => {
  it.each([
    ['an uncaught exception', THROW, /^trigger = crash uncaughtException$/m, 'payment failed'],
    [
      'an unhandled rejection',
      `setTimeout(() => Promise.reject(new Error('left alone')), 5);`,
      /^trigger = crash unhandledRejection$/m,
      'left alone',
    ],
    [
      'something that is no error',
      `setTimeout(() => { throw 'a text'; }, 5);`,
      /^trigger = crash uncaughtException$/m,
      'a text',
    ],
  ])('by %s makes a report, and ends the process as it would have', async (_, text, trigger, message) => {
    const plain = startText(`${BEGIN}${text}`);
    const app = startText(`${BEGIN}${text}`, { env: CRASH });
    const [as, is] = await Promise.all([plain.ended, app.ended]);
    expect(is).toEqual(as);
    const whole = app.stderr();
    expect(whole).toMatch(trigger);
    expect(whole.slice(0, whole.indexOf('Package'))).toContain(message);
    // Node's own message is what it was, but for the file's name.
    const said = plain.stderr().replace(/\d+\.mjs/g, 'N.mjs');
    expect(whole.replace(/\d+\.mjs/g, 'N.mjs').endsWith(said)).toBe(true);
  });

  it('carries its causes and the errors of an AggregateError', async () => {
    const app = startText(`${BEGIN}${THROW}`, { env: CRASH });
    await app.ended;
    const section = /====\s+Crash\s+====[\s\S]*?====\s+Package/.exec(app.stderr())?.[0] ?? '';
    for (const part of ['payment failed', 'gateway said no', 'limit is 0', 'no card', 'chargeCard'])
      expect(section).toContain(part);
  });

  it('shows the stack of the thrown error as that of the main thread, with its source lines', async () => {
    const app = startText(`${BEGIN}${THROW}`, { env: CRASH });
    await app.ended;
    const threads = /====\s+Threads\s+====[\s\S]*?Other Threads/.exec(app.stderr())?.[0] ?? '';
    expect(threads).toMatch(/^note = the stack of what was thrown$/m);
    expect(threads).toMatch(/^\S+\.mjs:\d+:\d+ in .*chargeCard.*\n(?: {5}.*\n)? {4}`throw new AggregateError/m);
    expect(threads).not.toContain('waitForCrashReport');
  });

  it('is FATAL on the wire, and taken before the process ends', async () => {
    const store = join(root, 'store');
    const collector = startNode([CLI, 'collect', '--port', '0', '--dir', store]);
    const url = /listening on (\S+),/.exec(await collector.untilStdout(/listening on \S+,/))?.[1] ?? '';
    // The exporter is loaded for the first report, and the connection is open.
    const warm = `import { generateReport } from ${JSON.stringify(INDEX)}; await (await generateReport({ print: false })).delivery;`;
    const app = startText(`${BEGIN}${warm}${THROW}`, {
      env: { ...CRASH, OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url },
    });
    expect((await app.ended).code).toBe(1);
    expect(app.stderr()).toMatch(/^gmr [0-9a-f]{32}: \S+ took 9 log records/m);
    await collector.untilStdout(/crash/);
    const { stdout } = await gmr('show', '--dir', store);
    expect(stdout).toMatch(/payment failed/);
  });

  it('with a collector that is down waits for the next process, and does not hold up the end for long', async () => {
    const spool = join(root, 'spool');
    const app = startText(`${BEGIN}${THROW}`, {
      env: {
        ...CRASH,
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        GMR_SPOOL_DIR: spool,
      },
    });
    expect((await app.ended).code).toBe(1);
    expect(readdirSync(spool)).toHaveLength(1);
  });

  it('that the program handles itself makes no report', async () => {
    const app = startText(
      `${BEGIN} process.on('uncaughtException', (error) => { console.log('handled', error.message); process.exit(9); }); ${THROW}`,
      { env: CRASH },
    );
    expect((await app.ended).code).toBe(9);
    expect(app.stdout()).toContain('handled payment failed');
    expect(app.stderr()).toBe('');
  });
});

async function gmr(...args: string[]) {
  const command = startNode([CLI, ...args]);
  await command.ended;
  return { stdout: command.stdout() };
}
