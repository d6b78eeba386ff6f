import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'reserve-'));
const file = join(root, 'reserve.cjs');

beforeAll(async () => {
  const source = fileURLToPath(new URL('../../src/export/reserve.ts', import.meta.url));
  await build({ entryPoints: [source], bundle: true, platform: 'node', format: 'cjs', outfile: file });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a program that has 40 descriptors in all; it sees `reserve`, and `exhaust()` takes those that are free. */
function run(text: string): string {
  const program = `
    const { closeSync, openSync, readFileSync } = require('node:fs');
    const { Reserve } = require(${JSON.stringify(file)});
    const exhaust = () => { let count = 0; try { for (;;) { openSync('/dev/null'); count += 1; } } catch { return count; } };
    const attempt = (work) => { try { return String(work()); } catch (error) { return error.code; } };
    const read = () => readFileSync('/proc/self/comm').length > 0;
    const reserve = new Reserve(3);
    ${text}`;
  return execFileSync('sh', ['-c', 'ulimit -n 40 && exec "$0" -e "$1"', process.execPath, program]).toString().trim();
}

test('work that finds no descriptor gets one of the reserve, each time', () => {
  const said = run(`
    exhaust();
    console.log(attempt(read), ...Array.from({ length: 10 }, () => attempt(() => reserve.use(read))));`);
  expect(said).toBe(`EMFILE${' true'.repeat(10)}`);
});

test('an error other than a lack of descriptors is thrown as it is', () => {
  expect(run(`console.log(attempt(() => reserve.use(() => readFileSync('/no/such'))));`)).toBe('ENOENT');
});

test('lend frees as many descriptors as are asked for, up to the size of the reserve, and end takes them back', () => {
  expect(run('exhaust(); const lent = reserve.lend(2); console.log(exhaust()); lent.end();')).toBe('2');
  expect(run('exhaust(); reserve.lend(2); reserve.lend(2); console.log(exhaust());')).toBe('3');
  expect(run('exhaust(); reserve.lend(2).end(); reserve.lend(2).end(); console.log(exhaust());')).toBe('0');
});

test('the reserve keeps its descriptors while others are free', () => {
  expect(Number(run('reserve.lend(3); console.log(exhaust());'))).toBe(Number(run('console.log(exhaust());')));
});
