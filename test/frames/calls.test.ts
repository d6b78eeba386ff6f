import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RawFrame } from '../../src/raw-frame.js';
import type { Frame } from '../../src/report.js';
import { makeDirectory, readFrames, runProgram, tell, writeFiles } from './programs.js';

/** Runs one module; `captureHere()` in it is where it is looked at. */
function run(
  code: string,
  name = 'app.mjs',
  directory = makeDirectory(),
  ...flags: readonly string[]
): { raw: RawFrame[]; told: string[] } {
  writeFiles(directory, { [name]: code });
  const raw = runProgram(join(directory, name), ...flags);
  return { raw, told: tell(readFrames(raw), directory) };
}

describe('a call is shown in V8’s words, with its line:', () => {
  test.each([
    ['a function', 'function settle() {\n  captureHere();\n}\nsettle();', 'settle app.mjs:2 | captureHere();'],
    [
      'a method',
      'class Desk {\n  settle() {\n    captureHere();\n  }\n}\nnew Desk().settle();',
      'Desk.settle app.mjs:3 | captureHere();',
    ],
    [
      'a static method',
      'class Desk {\n  static open() { captureHere(); }\n}\nDesk.open();',
      /^(?:Function|Desk)\.open app\.mjs:2 \| static open/,
    ],
    [
      'a private method',
      'class Desk {\n  #settle() { captureHere(); }\n  run() { this.#settle(); }\n}\nnew Desk().run();',
      /^(?:Desk\.)?#settle app\.mjs:2/,
    ],
    [
      'a constructor',
      'class Desk {\n  constructor() { captureHere(); }\n}\nnew Desk();',
      'new Desk app.mjs:2 | constructor() { captureHere(); }',
    ],
    [
      'a getter',
      'const desk = {\n  get size() { captureHere(); return 1; },\n};\ndesk.size;',
      /get size.* app\.mjs:2 \| get size\(\)/,
    ],
    [
      'a method by another name',
      'const desk = {\n  alias: function settle() { captureHere(); },\n};\ndesk.alias();',
      'Object.settle [as alias] app.mjs:2 | alias: function settle() { captureHere(); },',
    ],
    ['a function without a name', '(() => {\n  captureHere();\n})();', '<anonymous> app.mjs:2 | captureHere();'],
    ['a generator', 'function* settle() {\n  captureHere();\n}\nsettle().next();', 'settle app.mjs:2 | captureHere();'],
    ['a module', 'captureHere();', '<anonymous> app.mjs:1 | captureHere();'],
    ['a CommonJS module', 'captureHere();', 'Object.<anonymous> app.cjs:1 | captureHere();'],
    [
      'a default export',
      'export default function () {\n  captureHere();\n}\nimport(import.meta.url).then((self) => self.default());',
      'Module.default app.mjs:2 | captureHere();',
    ],
  ])('%s', (what, code, expected) => {
    const [first] = run(code, what.includes('CommonJS') ? 'app.cjs' : 'app.mjs').told;
    if (typeof expected === 'string') expect(first).toBe(expected);
    else expect(first).toMatch(expected);
  });
});

describe('who waits', () => {
  test('is marked, at the await', () => {
    const { told } = run(
      'async function outer() {\n  await inner();\n}\nasync function inner() {\n  await null;\n  captureHere();\n}\nawait outer();',
    );
    expect(told).toEqual([
      'inner app.mjs:6 | captureHere();',
      'async outer app.mjs:2 | await inner();',
      'async <anonymous> app.mjs:8 | await outer();',
    ]);
  });

  test.each(['all', 'allSettled', 'any'])('for Promise.%s is shown with its place in it', (method) => {
    const { raw, told } = run(
      `async function one() {\n  await null;\n  captureHere();\n}\nasync function outer() {\n  await Promise.${method}([null, one()]);\n}\nawait outer();`,
    );
    const frames = readFrames(raw);
    expect(frames.find(({ function: name }) => name.startsWith('Promise'))).toMatchObject({
      function: `Promise.${method} (index 1)`,
      async: true,
      origin: 'node',
      file: '',
    });
    expect(told.slice(0, 2)).toEqual([
      'one app.mjs:3 | captureHere();',
      `async outer app.mjs:6 | await Promise.${method}([null, one()]);`,
    ]);
  });

  test('is told through timers and event listeners as far as V8 knows it', () => {
    const { told } = run(
      "import { once, EventEmitter } from 'node:events';\nconst bell = new EventEmitter();\nbell.on('ring', () => captureHere());\nsetTimeout(() => bell.emit('ring'), 1);\nawait once(bell, 'ring');",
    );
    expect(told[0]).toBe("EventEmitter.<anonymous> app.mjs:3 | bell.on('ring', () => captureHere());");
    expect(told[1]).toMatch(/^(?:Timeout\._onTimeout|<anonymous>) app\.mjs:4 \| setTimeout/);
  });
});

describe('whose code it is', () => {
  const originsOf = (frames: readonly Frame[]): string[] => frames.map(({ origin }) => origin);

  test('is marked: Node and V8’s builtins, which have no lines', () => {
    const { raw } = run("import vm from 'node:vm';\n[1].map(() => vm.runInThisContext('captureHere()'));");
    const frames = readFrames(raw);
    const node = frames.filter(({ origin }) => origin === 'node');
    expect(node.find(({ file }) => file === 'node:vm')).toMatchObject({
      function: expect.stringContaining('runInThisContext'),
    });
    expect(node.find(({ function: name }) => name === 'Array.map')).toMatchObject({ file: '', line: 0 });
    expect(node.find(({ file }) => file.startsWith('node:internal/'))).toBeDefined();
    expect(node.every(({ source }) => source === undefined)).toBe(true);
  });

  test('is marked: a dependency, also in a store of links', () => {
    const directory = makeDirectory();
    const store = join(directory, 'node_modules/.pnpm/web@1.0.0/node_modules/web');
    writeFiles(directory, { 'app.mjs': "import { serve } from 'web';\nserve(() => captureHere());\n" });
    writeFiles(store, {
      'package.json': '{"name":"web","type":"module","exports":"./index.js"}',
      'index.js': 'export function serve(handler) {\n  handler();\n}\n',
    });
    mkdirSync(join(directory, 'node_modules'), { recursive: true });
    symlinkSync(store, join(directory, 'node_modules/web'));
    const frames = readFrames(runProgram(join(directory, 'app.mjs')));
    expect(originsOf(frames).slice(0, 3)).toEqual(['application', 'dependency', 'application']);
    expect(frames[1]).toMatchObject({
      function: 'serve',
      file: join(store, 'index.js'),
      line: 2,
      source: 'handler();',
    });
  });

  test.each([
    ['node_modules/web/server.js', 'dependency'],
    ['server.js', 'application'],
  ])('of a source that is no file, built into %s: %s', (path, origin) => {
    const directory = makeDirectory();
    const map = { version: 3, sources: ['webpack://web/./lib/serve.ts'], names: [], mappings: 'AAAA' };
    writeFiles(directory, {
      [path]: `handler();\n//# sourceMappingURL=data:application/json,${encodeURIComponent(JSON.stringify(map))}\n`,
    });
    const [frame] = readFrames([{ function: 'serve', file: join(directory, path), line: 1, column: 1, async: false }]);
    expect(frame).toMatchObject({ file: 'webpack://web/./lib/serve.ts', line: 1, origin });
  });

  test.each<[string, Frame['origin']]>([
    ['C:\\Users\\bob\\shop\\app.js', 'application'],
    ['C:\\Users\\bob\\shop\\node_modules\\web\\index.js', 'dependency'],
    ['\\\\nas\\share\\node_modules\\web\\index.js', 'dependency'],
    ['/srv/node_modules.old/app.js', 'application'],
    ['webpack://shop/webpack/runtime/jsonp', 'dependency'],
    ['webpack-internal:///./src/a.ts', 'application'],
    ['node:fs', 'node'],
    ['native', 'node'],
    ['', 'node'],
  ])('of %j: %s', (file, origin) => {
    expect(readFrames([{ function: 'f', file, line: file === '' ? 0 : 3, column: 1, async: false }])[0]).toMatchObject({
      function: 'f',
      file,
      origin,
    });
  });
});

describe('code without a file', () => {
  test('that is evaluated is the program’s own', () => {
    const { raw } = run("eval('captureHere()');\n");
    expect(readFrames(raw)[0]).toMatchObject({ function: expect.stringContaining('eval'), origin: 'application' });
  });

  test('that is evaluated is shown at the place that evaluates it, where V8 tells it', () => {
    const directory = makeDirectory();
    writeFiles(directory, { 'app.js': 'function run(code) {\n  return eval(code);\n}\n' });
    const file = `eval at run (${join(directory, 'app.js')}:2:10)`;
    const [frame] = readFrames([{ function: 'eval', file, line: 7, column: 3, async: false }]);
    expect(frame).toMatchObject({
      file: join(directory, 'app.js'),
      line: 2,
      source: 'return eval(code);',
      origin: 'application',
    });
    expect(frame?.function).toContain('[evaluated 7:3]');
  });

  test('that has a name of its own keeps it', () => {
    const { raw } = run("import vm from 'node:vm';\nvm.runInThisContext('captureHere()', 'template.ejs');");
    expect(readFrames(raw)[0]).toMatchObject({ file: 'template.ejs', line: 1, origin: 'application' });
  });

  test('of WebAssembly is shown by its module and offset', () => {
    const bytes = [
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 103, 0, 1,
      10, 6, 1, 4, 0, 16, 0, 11,
    ];
    const { raw } = run(
      `const bytes = new Uint8Array(${JSON.stringify(bytes)});\nconst { instance } = await WebAssembly.instantiate(bytes, { m: { f: () => captureHere() } });\ninstance.exports.g();`,
    );
    expect(readFrames(raw)[1]).toMatchObject({
      file: expect.stringMatching(/^wasm:\/\/wasm\//),
      line: 1,
      origin: 'application',
    });
  });

  test('of a data: URL is not shown at its length', () => {
    const padding = 'x'.repeat(5000);
    const { raw } = run(`await import('data:text/javascript,/*${padding}*/captureHere()');`);
    const [frame] = readFrames(raw);
    expect(frame?.file.length).toBeLessThanOrEqual(300);
    expect(frame?.file).toMatch(/^data:text\/javascript,/);
  });
});

describe('a file', () => {
  test('is found by a URL with spaces, signs and a query', () => {
    const directory = makeDirectory('gmr frames #2 (90%) ');
    writeFiles(directory, { 'a b.mjs': 'export const go = () => captureHere();\n' });
    const { raw, told } = run("const { go } = await import('./a%20b.mjs?fresh=1');\ngo();", 'my app.mjs', directory);
    expect(raw[0]?.file).toContain('?fresh=1');
    expect(told.slice(0, 2)).toEqual([
      'go a b.mjs:1 | export const go = () => captureHere();',
      '<anonymous> my app.mjs:2 | go();',
    ]);
  });

  test.each([[[]], [['--frozen-intrinsics', '--no-warnings']]])(
    'whose path has parentheses gives no call a name of its own: %j',
    (flags) => {
      const code = "const o = {\n  'a b (c)'() {\n    (() => captureHere())();\n  },\n};\n(() => o['a b (c)']())();\n";
      const { told } = run(code, 'lib (1)/app.cjs', makeDirectory('gmr frames (2) '), ...flags);
      expect(told.slice(0, 3)).toEqual([
        '<anonymous> lib (1)/app.cjs:3 | (() => captureHere())();',
        expect.stringMatching(/^(?:Object\.)?a b \(c\) lib \(1\)\/app\.cjs:3 \|/),
        "<anonymous> lib (1)/app.cjs:6 | (() => o['a b (c)']())();",
      ]);
    },
  );

  test('with a byte order mark and Windows line ends is counted as V8 counts', () => {
    expect(run('\uFEFF// one\r\n\r\ncaptureHere();\r\n').told).toEqual(['<anonymous> app.mjs:3 | captureHere();']);
  });

  test('that is no program is not shown, whatever its script is called', () => {
    const directory = makeDirectory();
    writeFiles(directory, { id_ed25519: 'the-secret-line\n'.repeat(5) });
    const frames = readFrames([
      { function: 'f', file: join(directory, 'id_ed25519'), line: 2, column: 1, async: false },
    ]);
    expect(JSON.stringify(frames)).not.toContain('the-secret-line');
  });

  test('that is gone, a directory or a device leaves the frame as it was', () => {
    for (const file of [
      '/nowhere/app.js',
      makeDirectory(),
      '/dev/zero',
      '/dev/tty',
      'file:///%00',
      'file://host/a.js',
    ]) {
      expect(readFrames([{ function: 'f', file, line: 2, column: 1, async: false }])[0]).toMatchObject({
        function: 'f',
        line: 2,
        column: 1,
      });
    }
  });
});
