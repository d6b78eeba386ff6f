import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readStat } from '../../src/procfs/stat.js';
import { eventually } from '../procfs/helpers.js';
import { killAll, REGISTER, startNode } from './start.js';

/** A frame of a report in JSON, as far as it is looked at here. */
interface Told {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly source?: string;
}

const root = mkdtempSync(join(tmpdir(), 'texts-'));
const ESBUILD = JSON.stringify(createRequire(import.meta.url).resolve('esbuild'));
let places = 0;

afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function writeProgram(files: { readonly [path: string]: string }): string {
  places += 1;
  const directory = join(root, String(places));
  for (const [path, text] of Object.entries({ 'package.json': '{"name":"shop"}', ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

/** It says that it is in the loop on the line before. */
async function untilItSpins(pid: number): Promise<void> {
  const readCpuMs = () => readStat(`/proc/${pid}`)?.userCpuMs ?? 0;
  const enoughMs = readCpuMs() + 50;
  await eventually(() => readCpuMs() >= enoughMs);
}

/** The frames of a thread of the program's own, while it is in a loop: main's, or those of a worker. */
async function readFrames(
  directory: string,
  args: readonly string[],
  { env = {}, thread = 0 }: { env?: Record<string, string>; thread?: number } = {},
): Promise<readonly Told[]> {
  const app = startNode(['--import', REGISTER, ...args], { cwd: directory, env: { GMR_FORMAT: 'json', ...env } });
  await app.untilStdout(/in the loop/);
  await untilItSpins(app.pid);
  app.child.kill('SIGUSR2');
  const said = await app.untilStderr(/"gmr.section.name":"in_flight".*\n/);
  app.kill('SIGKILL');
  const line = said.split('\n').find((text) => text.includes('"gmr.section.name":"threads"')) ?? '';
  const { data } = JSON.parse(line) as { data: { threads: { id: number; frames: Told[] }[] } };
  const frames = data.threads.filter(({ id }) => (thread === 0 ? id === 0 : id !== 0)).flatMap((one) => one.frames);
  return frames.filter(({ file }) => !file.startsWith('node:') && file !== '');
}

/** What a hook of a loader does: `esbuild-register`, `ts-node`, `swc` and `jest` differ in their compiler alone. */
const HOOK = `const { transformSync } = require(${ESBUILD});
const { readFileSync } = require('node:fs');
require.extensions['.ts'] = (module, sourcefile) => {
  const options = { loader: 'ts', format: 'cjs', sourcemap: 'inline', sourcefile, minify: process.env.MINIFY === '1' };
  module._compile(transformSync(readFileSync(sourcefile, 'utf8'), options).code, sourcefile);
};`;
const PRICING = `interface Voucher { code: string; percent: number }

// lines
// that a compiler drops
type Cents = number;

export class PriceBook {
  constructor(private readonly vouchers: Voucher[]) {}
  settle(total: Cents, code: string): Cents {
    const voucher = this.vouchers.find((one) => one.code === code)!;
    process.stdout.write('in the loop\\n');
    while (total > 0) total = total - (total * voucher.percent) / 100; // the loop
    return total;
  }
}
`;
const SERVER = `import { PriceBook } from './pricing.ts';
enum Route { Pay = '/pay' }
function checkOut(route: Route): number {
  return new PriceBook([{ code: 'FREE', percent: 0 }]).settle(4200, 'FREE');
}
setTimeout(() => checkOut(Route.Pay), 1);
`;
const SHOP = { 'hook.cjs': HOOK, 'pricing.ts': PRICING, 'server.ts': SERVER };
const LOOP = "process.stdout.write('in the loop\\n');\n  for (;;) Math.sqrt(2);";

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the text that runs', () => {
  it.each(['0', '1'])(
    'is that of the loader, and leads to the file that was written (minified: %s)',
    async (MINIFY) => {
      const directory = writeProgram({ ...SHOP, 'main.cjs': "require('./server.ts');" });
      const frames = await readFrames(directory, ['--require', './hook.cjs', 'main.cjs'], { env: { MINIFY } });
      expect(frames[0]).toMatchObject({ file: join(directory, 'pricing.ts'), line: 12 });
      expect(frames[0]?.source).toMatch(/^while \(total > 0\).*\/\/ the loop$/);
      expect(frames[1]).toMatchObject({ function: 'checkOut', file: join(directory, 'server.ts'), line: 4 });
      expect(frames[1]?.source).toMatch(/^return new PriceBook/);
    },
  );

  it('is that of the loader in a worker, too', async () => {
    const main = `const { Worker } = require('node:worker_threads');
new Worker("require('./server.ts');", { eval: true, execArgv: ['--require', './hook.cjs'] });`;
    const directory = writeProgram({ ...SHOP, 'main.cjs': main });
    const frames = await readFrames(directory, ['main.cjs'], { thread: 1 });
    expect(frames[0]).toMatchObject({ file: join(directory, 'pricing.ts'), line: 12 });
  });

  it('is not told, and no line of the file instead of it, if memory is not read', async () => {
    const directory = writeProgram({ ...SHOP, 'main.cjs': "require('./server.ts');" });
    const env = { GMR_MEMORY_READER: 'off' };
    const frames = await readFrames(directory, ['--require', './hook.cjs', 'main.cjs'], { env });
    expect(frames[0]).toMatchObject({ file: join(directory, 'pricing.ts'), source: '[runs as a loader has made it]' });
  });

  it('has the lines of evaluated code', async () => {
    const directory = writeProgram({
      'app.cjs': `const loop = new Function('ms', ${JSON.stringify(LOOP)});\nfunction start() {\n  eval('loop(1) // evaluated');\n}\nsetTimeout(start, 1);`,
    });
    const [inner, outer, start] = await readFrames(directory, ['app.cjs']);
    expect(inner).toMatchObject({ file: join(directory, 'app.cjs'), line: 1, source: 'for (;;) Math.sqrt(2);' });
    expect(outer).toMatchObject({ line: 3, source: 'loop(1) // evaluated' });
    expect(start).toMatchObject({
      function: expect.stringContaining('start'),
      line: 3,
      source: "eval('loop(1) // evaluated');",
    });
  });

  it('is that of the loader also for the place that evaluates code', async () => {
    const text = `interface X { y: number }\n\n\nfunction start(x: number): void {\n  eval(${JSON.stringify(`${LOOP} // evaluated`)});\n}\nsetTimeout(start, 1);`;
    const directory = writeProgram({ ...SHOP, 'server.ts': text, 'main.cjs': "require('./server.ts');" });
    const [inner, start] = await readFrames(directory, ['--require', './hook.cjs', 'main.cjs']);
    expect(inner).toMatchObject({ file: join(directory, 'server.ts'), line: 5 });
    expect(inner?.source).toBe('for (;;) Math.sqrt(2); // evaluated');
    expect(start).toMatchObject({ file: join(directory, 'server.ts'), line: 5 });
    expect(start?.source).toMatch(/^eval\("/);
  });

  it.each(['\n', ';'])('has the lines of a bundle that is longer than a text that is read (%j)', async (between) => {
    const filler = `'${'x'.repeat(97)}'${between}`.repeat(90_000);
    const text = `${filler}function spin() { ${LOOP.replace('\n', '')} }${between}setTimeout(function start() { spin(); }, 1);`;
    const [spin, start] = await readFrames(writeProgram({ 'bundle.cjs': text }), ['bundle.cjs']);
    expect(spin).toMatchObject({ line: between === ';' ? 1 : 90_001 });
    expect(spin?.source).toContain('for (;;) Math.sqrt(2);');
    expect(start).toMatchObject({ line: between === ';' ? 1 : 90_002 });
    expect(start?.source).toContain('setTimeout(function start() { spin(); }, 1);');
  });

  it('leads from code that a bundler evaluates to its source', async () => {
    const source = `// entry\n\nexport function spin() {\n  ${LOOP} // bundled\n}\n`;
    const bundle = `const { transformSync } = require(${ESBUILD});
const { code } = transformSync(${JSON.stringify(source)}, { format: 'cjs', sourcemap: 'inline', sourcefile: 'webpack://shop/./src/spin.js' });
const module1 = { exports: {} };
((module, exports) => eval(code + '\\n//# sourceURL=webpack-internal:///./src/spin.js'))(module1, module1.exports);
setTimeout(() => module1.exports.spin(), 1);`;
    const directory = writeProgram({ 'dist/main.cjs': bundle, 'src/spin.js': source });
    const [frame] = await readFrames(directory, ['dist/main.cjs']);
    expect(frame).toMatchObject({ file: join(directory, 'src/spin.js'), line: 5 });
    expect(frame?.source).toBe('for (;;) Math.sqrt(2); // bundled');
  });

  it('is that of the script, of two that have its name', async () => {
    const text = (word: string) => `(function spin() {\n  ${word};\n  ${LOOP} // ${word}\n})`;
    const directory = writeProgram({
      'app.cjs': `const vm = require('node:vm');
const make = (text) => vm.runInThisContext(text, { filename: 'made-up.js', lineOffset: 10 });
const first = make(${JSON.stringify(text('first1'))}); const other = make(${JSON.stringify(text('others'))});
globalThis.first1 = globalThis.others = 1; globalThis.kept = other;
setTimeout(() => first(), 1);`,
    });
    const [frame] = await readFrames(directory, ['app.cjs']);
    expect(frame).toMatchObject({ function: 'spin', file: 'made-up.js', line: 14 });
    // Node 20 tells no ids: with the call at the same place in both, neither is believed.
    const tellsIds = 'getCallSites' in process.getBuiltinModule('node:util');
    expect(frame?.source).toBe(tellsIds ? 'for (;;) Math.sqrt(2); // first1' : undefined);
  });

  it('is known of modules that are no files, of files that are gone, and of those that were built later', async () => {
    const module = `export function spin() {\n  ${LOOP} // the line\n}\n`;
    const file =
      'import { rmSync, writeFileSync } from "node:fs";\nimport { setTimeout as sleep } from "node:timers/promises";\n';
    const write = `await sleep(50);\nwriteFileSync("built.mjs", ${JSON.stringify(module)});\nconst { spin } = await import("./built.mjs");\n`;
    const url = JSON.stringify(`data:text/javascript,${encodeURIComponent(module)}`);
    const directory = writeProgram({
      'data.mjs': `const { spin } = await import(${url});\nspin();`,
      'later.mjs': `${file}${write}spin();`,
      'gone.mjs': `${file}${write}rmSync("built.mjs");\nspin();`,
    });
    for (const program of ['data.mjs', 'later.mjs', 'gone.mjs']) {
      const [frame] = await readFrames(directory, [program]);
      expect(frame, program).toMatchObject({ function: 'spin', line: 3, source: 'for (;;) Math.sqrt(2); // the line' });
    }
  });

  it.runIf(process.allowedNodeEnvironmentFlags.has('--experimental-transform-types'))(
    'is the one that Node has made of TypeScript',
    async () => {
      const directory = writeProgram({
        'package.json': '{"name":"shop","type":"module"}',
        'pricing.ts': PRICING,
        'server.ts': SERVER,
      });
      const frames = await readFrames(directory, ['--experimental-transform-types', 'server.ts']);
      expect(frames[0]).toMatchObject({ file: join(directory, 'pricing.ts'), line: 12 });
      expect(frames[0]?.source).toMatch(/^while \(total > 0\).*\/\/ the loop$/);
    },
  );
});
