import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import {
  killAll,
  MANY_REPORTS,
  makeStateDirectory,
  REGISTER,
  reportUntil,
  startNode,
  startText,
  WHOLE,
} from './start.js';

afterEach(killAll);

const SECRET = 'hunter2-Tq9x';

/** Fifty calls that wait for a lock that nobody gives back, one that waits for one of three, and what main does then. */
const shop = (then: string) => `import { createServer } from 'node:http';
const queue = [];
async function acquire(password) {
  return await new Promise((resolve) => queue.push({ resolve, password: '${SECRET}' }));
}
async function loadCart(id) {
  const lock = await acquire(id);
  return lock;
}
async function handle(id) {
  const cart = await loadCart(id);
  return cart;
}
async function sync() {
  await Promise.all([1, loadCart(0), new Promise((resolve) => queue.push(resolve))]);
}
globalThis.kept = [sync(), ...Array.from({ length: 50 }, (_, id) => handle(id))];
createServer().listen(0);
setTimeout(() => { console.log('all wait'); ${then} }, 100);`;

const JSON_END = /"gmr.section.name":"in_flight".*\n/;
const CHAIN =
  /^ 50 {2}handle \d+\.mjs:11 {2}-> {2}loadCart \d+\.mjs:7 {2}-> {2}acquire \d+\.mjs:4 {2}-> {2}kept in queue \(52\)$/m;
/** A report that had no CPU says that it is not whole: then another one is asked for. */
const CUT = /^note = there was no time|"whole":false|"quiet":false/m;

async function report(then: string, expected: RegExp, env: Record<string, string> = {}): Promise<string> {
  const app = startText(shop(then), { env: { ...MANY_REPORTS, ...env } });
  await app.untilStdout(/all wait/);
  const ended = env.GMR_FORMAT === 'json' ? JSON_END : WHOLE;
  return reportUntil(app, ended, (said) => !CUT.test(said) && expected.test(said));
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a report', () => {
  it('of an idle process names the place where it waits, and has each chain with its source', async () => {
    const said = await report('', CHAIN);
    expect(said).toMatch(/^waits for = 51 of 51 suspended calls at acquire \d+\.mjs:4, kept in queue \(52\)$/m);
    expect(said).toMatch(/^suspended = 153, at 4 places, in 2 chains$/m);
    expect(said).toMatch(CHAIN);
    expect(said).toMatch(
      /^ {2}1 {2}sync \d+\.mjs:15 {2}-> {2}Promise\.all, 1 of 3 settled {2}-> {2}loadCart \d+\.mjs:7 {2}-> {2}acquire/m,
    );
    expect(said).toMatch(/^51 at \d+\.mjs:7:16 in async loadCart\n {4}`const lock = await acquire\(id\);`$/m);
    expect(said).not.toContain(SECRET);
  });

  it.each([
    ['in a loop', 'for (;;) ;'],
    ['in native code', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'],
  ])('of a process that is %s has them, too', async (_, then) => {
    const said = await report(then, CHAIN);
    expect(said).toMatch(CHAIN);
    expect(said).not.toMatch(/^waits for = /m);
  });

  it('has them as structure, with attributes to search by', async () => {
    const said = await report('', /variable queue/, { GMR_FORMAT: 'json' });
    const lines = said.split('\n').filter((line) => line.startsWith('{'));
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const record = records.find((one) => one['gmr.section.name'] === 'green_threads');
    expect(record).toMatchObject({
      'gmr.suspended.count': 153,
      'gmr.suspended.place': expect.stringMatching(/^acquire \/.*\.mjs:4$/),
      'gmr.suspended.place_count': 51,
      'gmr.suspended.settler': 'variable queue',
      'gmr.suspended.hash': expect.stringMatching(/^[\da-f]{16}$/),
      data: {
        suspended: { threads: [{ thread: '#0 main', count: 153, quiet: true, whole: true, lost: 0, chainCount: 2 }] },
      },
    });
    expect(records.find((one) => one['gmr.section.name'] === 'report')).toMatchObject({
      data: { waitsFor: expect.stringMatching(/^51 of 51 suspended calls at acquire /) },
    });
    expect(said).not.toContain(SECRET);
  });

  it('names functions that a compiler has made generators of, and has made short, as they were written', async () => {
    const directory = makeStateDirectory();
    const file = join(directory, 'carts.mjs');
    const written = `globalThis.kept = [];
      async function acquire() { return await new Promise((resolve) => kept.push(resolve)); }
      class Shop {
        async loadCart(id: number) {
          const lock = await acquire();
          return [id, lock];
        }
      }
      const handle = async (id: number) => {
        const cart = await new Shop().loadCart(id);
        return cart;
      };
      for (let id = 0; id < 7; id += 1) void handle(id);
      setInterval(() => console.log('all wait'), 100);`;
    const { code, map } = transformSync(written, {
      loader: 'ts',
      target: 'es2016',
      format: 'esm',
      minify: true,
      sourcemap: 'external',
      sourcefile: 'carts.ts',
    });
    writeFileSync(file, `${code}//# sourceMappingURL=carts.mjs.map\n`);
    writeFileSync(`${file}.map`, map);
    const app = startNode(['--import', REGISTER, file], { env: MANY_REPORTS });
    await app.untilStdout(/all wait/);
    const chain = /^ 7 {2}handle carts\.ts:10 {2}-> {2}loadCart carts\.ts:5 {2}-> {2}acquire carts\.ts:2 {2}-> /m;
    expect(await reportUntil(app, WHOLE, (said) => chain.test(said))).toMatch(chain);
  });

  it('has none if memory is not read', async () => {
    const said = await report('', /^suspended = /m, { GMR_MEMORY_READER: 'off' });
    expect(said).toMatch(/^suspended = not known: it is switched off$/m);
    expect(said).not.toMatch(/^waits for = /m);
  });
});
