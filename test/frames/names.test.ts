import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { makeDirectory, readFrames, runProgram, tell, writeFiles } from './programs.js';

/** Bundles and minifies one source and returns its functions from the call outwards, up to the module itself. */
function namesOf(source: string): string[] {
  const directory = makeDirectory();
  writeFiles(directory, { 'package.json': '{"name":"shop","type":"module"}', 'src/main.ts': source });
  const outfile = join(directory, 'dist/app.mjs');
  buildSync({
    entryPoints: [join(directory, 'src/main.ts')],
    outfile,
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return tell(readFrames(runProgram(outfile)), dirname(dirname(outfile))).map((line) =>
    line.replace(/ src\/main\.ts:.*/, ''),
  );
}

describe('what a minified function was called', () => {
  test('is told for every kind of function', () => {
    const names = namesOf(`
      function declared() { captureHere(); return 1; }
      const assigned = function () { return declared() + 1; };
      const arrow = () => assigned() + 1;
      const helper = { start() { return arrow() + 1; } };
      class Desk {
        method() { return helper.start() + 1; }
        #hidden() { return this.method() + 1; }
        field = () => this.#hidden() + 1;
        get size() { return this.field() + 1; }
        static open() { return new Desk().size + 1; }
      }
      class Special extends Desk { constructor() { super(); this.started = Desk.open(); } started: unknown; }
      function* numbers() { yield new Special().started; }
      function outer() { function nested() { return [...numbers()]; } return nested(); }
      const registry = { 'a-b': () => outer() };
      console.log([1].map(function each() { return registry['a-b'](); }));
    `);
    // esbuild itself calls a class `_Desk` that names itself.
    expect(
      names.map((name) => name.replace(/^(?:_?Desk|Function)\./, 'Desk.').replace(/^Desk\.(?=#)| \[as size\]/g, '')),
    ).toEqual([
      ...['declared', 'assigned', 'arrow', 'Object.start', 'Desk.method', '#hidden', 'Desk.field'],
      ...['get size', 'Desk.open', 'new Special', 'numbers', 'nested', 'outer', 'a-b'],
      // The bundler dropped the name `each`, which nothing uses.
      ...['<anonymous>', '<anonymous>'],
    ]);
  });

  test('is told for those who wait', () => {
    const names = namesOf(`
      class Desk { async settle() { await null; captureHere(); } }
      const concise = async () => { await new Desk().settle(); };
      async function* pages() { yield await concise(); }
      const helper = { async start() { for await (const page of pages()) console.log(page); } };
      async function main() { await Promise.all([helper.start()]); }
      await main();
    `);
    expect(names).toEqual([
      ...['Desk.settle', 'async concise', 'async pages', 'async Object.start', 'async main', 'async <anonymous>'],
    ]);
  });

  test('is never taken from another function', () => {
    // Called by way of a list: at the place of the call stands the list's name, not the function's.
    const names = namesOf(`
      const handlers = [() => captureHere(), function () { handlers[0](); }, () => handlers[1]()];
      function visible() { handlers[2](); }
      (() => { visible(); })();
    `);
    expect(names.filter((name) => !/^(?:Array\.)?(?:\w|handlers|<anonymous>)$/.test(name))).toEqual(['visible']);
  });
});
