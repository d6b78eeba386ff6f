import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, expect, it } from 'vitest';
import { killAll, MANY_REPORTS, REGISTER, startNode } from './start.js';

const project = mkdtempSync(join(tmpdir(), 'bundled-'));

afterEach(killAll);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const PRICING = `export interface Order { cents: number }

export function findDiscount(order: Order): number {
  const endMs = Date.now() + 20_000;
  while (Date.now() < endMs) order.cents += 1;
  return order.cents;
}
`;
const MAIN = `import { findDiscount } from './pricing.js';

async function serveOrder(): Promise<number> {
  await null;
  return findDiscount({ cents: 5 });
}
console.log('up');
setImmediate(async () => console.log(await serveOrder()));
`;

it('a bundled, minified TypeScript program is reported in its own files, lines and names', async () => {
  mkdirSync(join(project, 'src'));
  writeFileSync(join(project, 'src', 'pricing.ts'), PRICING);
  writeFileSync(join(project, 'src', 'main.ts'), MAIN);
  const outfile = join(project, 'dist', 'app.mjs');
  await build({
    entryPoints: [join(project, 'src', 'main.ts')],
    outfile,
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const app = startNode(['--import', REGISTER, outfile], { cwd: project, env: MANY_REPORTS });
  await app.untilStdout(/up/);
  const again = setInterval(() => app.kill(), 400);
  const report = await app.untilStderr(/src\/pricing\.ts:5:\d+ in /).finally(() => clearInterval(again));
  expect(report).toMatch(
    /src\/pricing\.ts:5:\d+ in findDiscount .*\n(?: {5}.*\n)? {4}`while \(Date\.now\(\) < endMs\) order\.cents \+= 1;`/,
  );
  expect(report).toMatch(/src\/main\.ts:5:\d+ in (async )?serveOrder .*\n {4}`return findDiscount\(\{ cents: 5 \}\);`/);
});
