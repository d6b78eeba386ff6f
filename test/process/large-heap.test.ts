import { afterEach, describe, expect, it } from 'vitest';
import { parseFields, parseKilobytes } from '../../src/procfs/fields.js';
import { readText } from '../../src/procfs/read.js';
import { CLI, INDEX, killAll, MANY_REPORTS, type Program, reportUntil, startNode, startText } from './start.js';

afterEach(killAll);

/** More than a report has time to read. */
const MANY = 2_000_000;

/** Some 200 bytes of small objects for each, and calls that wait for a pool. */
const store = (count: number) => `
import { setupAutorun } from ${JSON.stringify(INDEX)};
const kept = [];
for (let n = 0; n < ${count}; n += 1) kept.push({ id: n, name: 'item ' + n, tags: [n, n + 1], price: n * 1.1 });
globalThis.kept = kept;
class Pool {
  waiting = [];
  async acquire() { return await new Promise((resolve) => this.waiting.push(resolve)); }
}
const pool = new Pool();
async function loadCart() { return await pool.acquire(); }
globalThis.calls = Array.from({ length: 20 }, loadCart);
process.stdin.on('data', () => process.exit(7));
await setupAutorun().ready;
console.log('all wait');
`;
const CUT = /^note = there was no time for the whole heap of \d+ MB: some are missing, and chains may go on$/m;
const WHOLE_CHAIN =
  / 20 {2}loadCart \d+\.mjs:\d+ {2}-> {2}acquire \d+\.mjs:\d+ {2}-> {2}kept in Pool\.waiting \(20\)$/m;
const DEADLINE_MS = 120_000;

async function start(count = MANY): Promise<Program> {
  const app = startText(store(count), { flags: ['--max-old-space-size=2000'], armed: false });
  await app.untilStdout(/all wait/);
  return app;
}

async function dumpExact(pid: number): Promise<Program> {
  const command = startNode([CLI, 'dump', '--exact', String(pid)]);
  await command.ended;
  return command;
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a report of a large heap', () => {
  it('is printed at once, and the rest of its suspended functions follows', { timeout: DEADLINE_MS }, async () => {
    const app = await start();
    app.kill('SIGUSR2');
    const first = await app.untilStderr(/^gmr \w{32}: main /m);
    const said = await app.untilStderr(WHOLE_CHAIN, 1, DEADLINE_MS);
    // A machine that is quick enough has read it all at once.
    if (!CUT.test(first)) return;
    const supplement = said.slice(said.indexOf('Green Threads (supplement)'));
    const [, id] = /^report = (\w{32})$/m.exec(said) ?? [];
    expect(supplement).toMatch(
      new RegExp(
        `^report = ${id}\nlate = \\d+\\.\\d s after the report, at 20\\S+\nwaits for = 20 of 20 suspended calls at acquire`,
        'm',
      ),
    );
    expect(supplement).toMatch(WHOLE_CHAIN);
    expect(supplement).not.toMatch(CUT);
  });

  it('that gmr dump --exact asks for has the calls', { timeout: DEADLINE_MS }, async () => {
    // Main is held for five seconds at most: on a slow machine they suffice for a quarter of it.
    const app = await start(MANY / 4);
    const endMs = performance.now() + 90_000;
    // Or it does not come to the question in time.
    let command = await dumpExact(app.pid);
    while (/main was not held/.test(command.stdout()) && performance.now() < endMs) command = await dumpExact(app.pid);
    const { code } = await command.ended;
    expect({ code, stderr: command.stderr().replace(/^gmr dump: .*: nothing yet: .*\n/m, '') }).toEqual({
      code: 0,
      stderr: '',
    });
    expect(command.stdout()).not.toContain('main was not held');
    expect(command.stdout()).toMatch(/ 20 {2}loadCart \d+\.mjs:\d+ {2}-> {2}acquire \d+\.mjs:\d+/);
  });

  it('does not hold the end of its process', { timeout: DEADLINE_MS }, async () => {
    const app = await start();
    app.kill('SIGUSR2');
    await app.untilStderr(/^gmr \w{32}: main /m);
    app.child.stdin?.write('x');
    expect(await app.ended).toEqual({ code: 7, signal: null });
  });
});

/** Memory that was never touched: 48 GB of addresses, and no memory. */
const BUFFERS = `
import { setupAutorun } from ${JSON.stringify(INDEX)};
globalThis.buffers = Array.from({ length: 48 }, () => new ArrayBuffer(2 ** 30));
globalThis.kept = [];
async function waitForTurn() { await new Promise((resolve) => kept.push(resolve)); }
for (let n = 0; n < 7; n += 1) void waitForTurn();
setInterval(() => {}, 2 ** 30);
await setupAutorun().ready;
console.log('all wait');
`;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'a report of a process with 48 GB of buffers',
  () => {
    it('has its suspended functions, and costs it no page tables', async () => {
      const app = startText(BUFFERS, { armed: false, env: MANY_REPORTS });
      await app.untilStdout(/all wait/);
      const pageTables = () => parseKilobytes(parseFields(readText(`/proc/${app.pid}/status`) ?? '').get('VmPTE')) ?? 0;
      const before = pageTables();
      const waits = /^waits for = 7 of 7 suspended calls at waitForTurn /m;
      const said = await reportUntil(app, /^gmr \w{32}: main /m, (report) => waits.test(report));
      expect(said).toMatch(waits);
      expect(pageTables() - before).toBeLessThan(8 * 1024 ** 2);
    });
  },
);
