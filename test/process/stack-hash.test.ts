import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { INDEX, killAll, REGISTER, startNode } from './start.js';

const root = mkdtempSync(join(tmpdir(), 'stuck-'));

afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A loop of many lines and calls; what is stuck in it is `settle`. */
const LOOP = `
import { writeSync } from 'node:fs';
import { tax } from './tax.mjs';
const orders = Array.from({ length: 40 }, (_, n) => n);
class Basket {
  total = 0;
  add(cents) {
    let left = cents;
    for (let n = 0; n < 60; n += 1) left = (left * 97 + n) % 10007;
    this.total = (this.total + left) % 1000003;
  }
}
class Big extends Basket {}
function settle() {
  const baskets = [new Basket(), new Big()];
  writeSync(1, 'up\\n');
  for (;;) {
    let sum = 0;
    for (const order of orders) {
      sum += tax(order);
      if (sum > 500) sum -= 400;
      else sum += 1;
      const discount = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => {
        let left = n;
        for (let m = 0; m < 10; m += 1) left = (left * 31 + order) % 997;
        return left;
      });
      baskets[order % 2].add(sum + discount[0]);
      sum = Math.round(sum);
    }
  }
}
const OTHER = () => { writeSync(1, 'up\\n'); for (;;); };
await (await import(process.env.READY)).setupAutorun().ready;
setImmediate(process.argv[2] === 'other' ? OTHER : settle);
`;
const TAX = `export function tax(order) {
  let left = order;
  for (let n = 0; n < 60; n += 1) left = (left * 89 + n) % 10007;
  return left;
}`;

function makeProgram(name: string): string {
  const directory = join(root, name);
  mkdirSync(join(directory, 'src'), { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{"name":"checkout","version":"1.0.0"}');
  writeFileSync(join(directory, 'src/app.mjs'), LOOP);
  writeFileSync(join(directory, 'src/tax.mjs'), TAX);
  return directory;
}

/** The hashes of so many reports, and the places that these were interrupted at. */
async function collectHashes(directory: string, reports: number, flags: string[], args: string[] = []) {
  const app = startNode([...flags, '--import', REGISTER, join(directory, 'src/app.mjs'), ...args], {
    cwd: directory,
    env: { READY: INDEX, GMR_FORMAT: 'json', GMR_DEADLINE_MS: '20000', GMR_MAX_REPORTS_PER_MINUTE: '1000' },
  });
  await app.untilStdout(/up/);
  for (let n = 1; n <= reports; n += 1) {
    app.kill();
    await app.untilStderr(/section\.name":"runtime"/, n);
  }
  const threads = app
    .stderr()
    .split('\n')
    .filter((line) => line.includes('section.name":"threads"'))
    .map((line) => JSON.parse(line));
  app.kill('SIGKILL');
  return {
    hashes: threads.map((line) => line['gmr.main.stack_hash'] as string),
    places: threads.map(({ data }) => `${data.threads[0].frames[0].function}:${data.threads[0].frames[0].line}`),
  };
}

describe('the stack hash of a loop', () => {
  it('is one, at whatever line and in whatever call it is interrupted, in processes of two directories', async () => {
    const one = makeProgram('one');
    const two = join(root, 'elsewhere', 'two');
    cpSync(one, two, { recursive: true });
    const [here, there, other] = await Promise.all([
      collectHashes(one, 8, []),
      // Compiled to one piece, it may be interrupted at one place only.
      collectHashes(two, 8, ['--no-opt']),
      collectHashes(one, 1, [], ['other']),
    ]);
    const places = new Set([...here.places, ...there.places]);
    // Else it would not have shown anything.
    expect(places.size).toBeGreaterThan(1);
    // The same on each Node line that the suite runs on. One report in thousands finds main in one function at each look.
    const others = [...here.hashes, ...there.hashes].filter((hash) => hash !== EXPECTED);
    expect(others.slice(1)).toEqual([]);
    expect(other.hashes[0]).not.toBe(EXPECTED);
  }, 240_000);
});

const EXPECTED = '0ff4e58fab106f64';
