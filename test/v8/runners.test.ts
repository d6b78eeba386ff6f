import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import type { SuspendedReading } from '../../src/v8/readings.js';
import { buildPrograms } from './programs.js';

const run = buildPrograms('modules-target');
const directory = mkdtempSync(join(tmpdir(), 'runners-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** From the outermost function inwards; each waits on a line with its name. */
const NAMES = ['serve', 'arrow', 'handle', 'load'];
const SOURCE = `
exports.start = async function (hold) {
  async function load(id) { const [row] = [await hold('load')]; return [row, id]; }
  async function handle(id) {
    try { return await load(id, 'handle'); } catch (error) { return error; }
  }
  const arrow = async () => { for (const id of [1, 2]) await handle(id, 'arrow'); };
  class Shop {
    async serve() { await arrow('serve'); }
  }
  await new Shop().serve();
};
`;

/** As Babel 7 writes them for a target without async functions. */
const BABEL = `
function asyncGeneratorStep(n, t, e, r, o, a, c) { try { var i = n[a](c), u = i.value; } catch (n) { return void e(n); } i.done ? t(u) : Promise.resolve(u).then(r, o); }
function _asyncToGenerator(n) { return function () { var t = this, e = arguments; return new Promise(function (r, o) { var a = n.apply(t, e); function _next(n) { asyncGeneratorStep(a, r, o, _next, _throw, "next", n); } function _throw(n) { asyncGeneratorStep(a, r, o, _next, _throw, "throw", n); } _next(void 0); }); }; }
exports.start = _asyncToGenerator(function* (hold) {
  const load = _asyncToGenerator(function* (id) { return [yield hold('load'), id]; });
  function handle(_x, _y) {
    return _handle2.apply(this, arguments);
  }
  function _handle2() {
    _handle2 = _asyncToGenerator(function* (id) {
      return yield load(id, 'handle'); });
    return _handle2.apply(this, arguments);
  }
  const arrow = /*#__PURE__*/function () {
    var _ref = (0, _asyncToGenerator)(function* (id) {
      yield handle(id, 'arrow'); });
    return function arrow(_x2) {
      return _ref.apply(this, arguments);
    };
  }();
  class Shop {
    serve() { var _this = this; return (0, _asyncToGenerator)(function* () {
      yield arrow('serve', _this); })(); }
  }
  yield new Shop().serve();
});
`;

/** As `co` runs them, and by names that were made short; the generator that makes others is no wrapper of theirs. */
const CO = `
function co(g) { return new Promise(function (r, o) { var i = g(); function n(v) { var e; try { e = i.next(v); } catch (x) { return o(x); } s(e); } function f(v) { var e; try { e = i.throw(v); } catch (x) { return o(x); } s(e); } function s(e) { if (e.done) return r(e.value); e.value.then(n, f); } n(); }); }
exports.start = function (hold) { return co(function* () {
  function load(id) { return co(function* () { return [yield hold('load'), id]; }); }
  function handle(id) { const sum = [1, 2].map((n) => n * (() => id)()); return co(function* () {
    return [sum, yield load(id, 'handle')]; }); }
  const arrow = () => co(function* () {
    yield handle(1, 'arrow'); });
  const shop = { serve() { if (hold) { return co((function*() {
    yield arrow('serve'); })); } } };
  yield shop.serve();
}); };
`;

/** A generator that is made in a function, and run by another one: neither has its name. */
const makers = (made: string): string => `
${BABEL.split('\n').slice(1, 3).join('\n')}
const coroutine = _asyncToGenerator;
const app = { use: _asyncToGenerator };
exports.start = (hold) => {
  function makeLoad() { ${made} }
  return makeLoad()();
};
`;
const LOAD = "function* () { yield hold('load'); }";
const MAKERS = [
  `return _asyncToGenerator(${LOAD});`,
  `return coroutine(${LOAD});`,
  `return app.use(${LOAD});`,
  `const wrapped = [_asyncToGenerator(${LOAD})]; return wrapped[0];`,
  `var _ref = _asyncToGenerator(${LOAD}); return (...args) => _ref(...args);`,
];

/** A generator that is not run: two of them stand in the scope, and an object of the program's own asks for the next value. */
const DECOY = `
exports.start = (hold) => new Promise((resolve, reject) => {
  function* numbers() { yield 1; yield hold('decoy'); }
  const [one, other] = [numbers(), numbers()];
  one.next();
  other.next();
  hold().then((value) => resolve(one.next(value)), (error) => reject(other.next(error)));
});
`;

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

function byTypeScript(): string {
  const file = write('typescript.ts', SOURCE);
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'lib', 'tsc.js');
  const flags = ['--target', 'es2015', '--module', 'commonjs', '--ignoreConfig', '--noCheck', '--outDir', directory];
  execFileSync(process.execPath, [tsc, ...flags, file]);
  return join(directory, 'typescript.js');
}

const WRITERS: readonly (readonly [string, () => string])[] = [
  ['TypeScript', byTypeScript],
  ['esbuild', () => write('esbuild.js', transformSync(SOURCE, { target: 'es2016' }).code)],
  ['Babel', () => write('babel.js', BABEL)],
  ['co', () => write('co.js', CO)],
];

function lineOf(file: string, name: string): number {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => new RegExp(`yield .*['"]${name}['"]`).test(line)) + 1
  );
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'async functions that were compiled to generators',
  () => {
    it.for(WRITERS)('are told with their names and places: by %s', ([, writeModule]) => {
      const file = writeModule();
      const read = run<SuspendedReading>('modules-target', file);
      if (read.kind !== 'read') throw new Error(read.reason);
      const [first, ...others] = read.chains;
      expect(others).toEqual([]);
      expect(first?.settler).toMatchObject({ kind: 'variable', label: expect.stringMatching(/^kept/) });
      const frames = first?.steps.map(({ place }) => read.places[place]?.frame) ?? [];
      expect(frames.map((frame) => frame?.functionName)).toEqual(['outermost', 'exports.start', ...NAMES]);
      const inModule = frames.filter((frame) => frame?.file.endsWith(file)).map((frame) => frame?.line);
      expect(inModule.slice(-NAMES.length)).toEqual(NAMES.map((name) => lineOf(file, name)));
      expect(inModule).toHaveLength(NAMES.length + 1);
    });

    it.for(MAKERS)('have no name that is not theirs: %s', (made) => {
      const read = run<SuspendedReading>('modules-target', write('makers.js', makers(made)));
      if (read.kind !== 'read') throw new Error(read.reason);
      const names = read.chains.map(({ steps }) => steps.map(({ place }) => read.places[place]?.frame.functionName));
      expect(names).toEqual([['outermost', '']]);
    });

    it('are not made up of generators that stand beside a promise', () => {
      const read = run<SuspendedReading>('modules-target', write('decoy.js', DECOY));
      if (read.kind !== 'read') throw new Error(read.reason);
      expect(read.chains.map(({ steps }) => steps.map(({ place }) => read.places[place]?.frame.functionName))).toEqual([
        ['outermost'],
      ]);
    });
  },
);
