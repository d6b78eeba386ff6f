import { describe, expect, test } from 'vitest';
import { evalCaller, parseStack } from '../../src/frames/stack-text.js';
import type { RawFrame } from '../../src/raw-frame.js';

const parse = (line: string): RawFrame | undefined => parseStack(`Error: x\n    at ${line}`)[0];
const frame = (name: string, file: string, line: number, column: number, async = false): RawFrame => ({
  function: name,
  file,
  line,
  column,
  async,
});

describe('a line of a stack', () => {
  test.each<[string, RawFrame]>([
    ['handle (/srv/app/a.js:10:5)', frame('handle', '/srv/app/a.js', 10, 5)],
    ['/srv/app/a.js:10:5', frame('', '/srv/app/a.js', 10, 5)],
    ['file:///srv/app/a.mjs:10:5', frame('', 'file:///srv/app/a.mjs', 10, 5)],
    ['handle (file:///srv/my%20app/a.mjs:1:2)', frame('handle', 'file:///srv/my%20app/a.mjs', 1, 2)],
    ['handle (/srv/my app (old)/a.js:1:2)', frame('handle', '/srv/my app (old)/a.js', 1, 2)],
    ['/srv/my app/a b.js:3:4', frame('', '/srv/my app/a b.js', 3, 4)],
    ['async handle (/srv/a.js:1:2)', frame('handle', '/srv/a.js', 1, 2, true)],
    ['async /srv/a.js:1:2', frame('', '/srv/a.js', 1, 2, true)],
    ['async file:///srv/a.mjs:1:2', frame('', 'file:///srv/a.mjs', 1, 2, true)],
    ['async Promise.all (index 3)', frame('Promise.all (index 3)', '', 0, 0, true)],
    ['async Promise.allSettled (index 0)', frame('Promise.allSettled (index 0)', '', 0, 0, true)],
    ['Desk.settle (/srv/a.js:1:2)', frame('Desk.settle', '/srv/a.js', 1, 2)],
    ['Desk.#price (/srv/a.js:1:2)', frame('Desk.#price', '/srv/a.js', 1, 2)],
    ['new Desk (/srv/a.js:1:2)', frame('new Desk', '/srv/a.js', 1, 2)],
    ['get size [as size] (/srv/a.js:1:2)', frame('get size [as size]', '/srv/a.js', 1, 2)],
    ['Object.inner [as alias] (/srv/a.js:1:2)', frame('Object.inner [as alias]', '/srv/a.js', 1, 2)],
    ['Object.a (b) [as c] (/srv/a.js:1:2)', frame('Object.a (b) [as c]', '/srv/a.js', 1, 2)],
    ['Array.map (<anonymous>)', frame('Array.map', '', 0, 0)],
    ['JSON.parse (<anonymous>)', frame('JSON.parse', '', 0, 0)],
    ['<anonymous>', frame('', '', 0, 0)],
    ['Array.forEach (native)', frame('Array.forEach', 'native', 0, 0)],
    ['node:internal/main/run_main_module:28:49', frame('', 'node:internal/main/run_main_module', 28, 49)],
    [
      'Module._load (node:internal/modules/cjs/loader:104:12)',
      frame('Module._load', 'node:internal/modules/cjs/loader', 104, 12),
    ],
    ['evalmachine.<anonymous>:1:1', frame('', 'evalmachine.<anonymous>', 1, 1)],
    ['run (evalmachine.<anonymous>:1:1)', frame('run', 'evalmachine.<anonymous>', 1, 1)],
    ['wasm://wasm/42fa80ae:wasm-function[1]:0x27', frame('', 'wasm://wasm/42fa80ae', 1, 40)],
    ['fib (wasm://wasm/42fa80ae:wasm-function[12]:0x27)', frame('fib', 'wasm://wasm/42fa80ae', 1, 40)],
    ['handle (C:\\Users\\bob\\my app\\a.js:10:5)', frame('handle', 'C:\\Users\\bob\\my app\\a.js', 10, 5)],
    ['C:\\Users\\bob\\a.js:10:5', frame('', 'C:\\Users\\bob\\a.js', 10, 5)],
    ['handle (\\\\nas\\share\\a.js:10:5)', frame('handle', '\\\\nas\\share\\a.js', 10, 5)],
    ['handle (file:///C:/Users/bob/a.mjs:10:5)', frame('handle', 'file:///C:/Users/bob/a.mjs', 10, 5)],
    ['handle (webpack-internal:///./src/a.ts:12:5)', frame('handle', 'webpack-internal:///./src/a.ts', 12, 5)],
    ['handle (data:text/javascript,a(b):1:2)', frame('handle', 'data:text/javascript,a(b)', 1, 2)],
    ['eval (eval at run (/srv/a.js:1:2), <anonymous>:3:4)', frame('eval', 'eval at run (/srv/a.js:1:2)', 3, 4)],
    [
      'eval (eval at run (file:///srv/a.mjs:1:2), <anonymous>:3:4)',
      frame('eval', 'eval at run (file:///srv/a.mjs:1:2)', 3, 4),
    ],
    [
      'eval (eval at a (eval at b (/srv/a.js:1:2), <anonymous>:3:4), <anonymous>:5:6)',
      frame('eval', 'eval at a (eval at b (/srv/a.js:1:2), <anonymous>:3:4)', 5, 6),
    ],
  ])('%s', (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });

  test.each(['', 'handle', 'handle (/srv/a.js)', 'handle (/srv/a.js:x:y)', '(((', ')'])('%j is not a frame', (line) => {
    expect(parseStack(`Error\n    at ${line}`)).toEqual([]);
  });
});

describe('a whole stack', () => {
  test('is read from its end: a message that looks like frames is left out', () => {
    const stack =
      'Error: first\n    at fake (/etc/shadow:1:1)\nsecond line\n    at real (/srv/a.js:1:2)\n    at outer (/srv/b.js:3:4)';
    expect(parseStack(stack).map(({ function: name }) => name)).toEqual(['real', 'outer']);
  });

  test('is read to the letter as V8 writes it', () => {
    function innermost(): string {
      return new Error('a\nb').stack ?? '';
    }
    class Desk {
      settle(): string {
        return [1].map(() => innermost())[0] ?? '';
      }
    }
    const frames = parseStack(new Desk().settle());
    expect(frames.slice(0, 4).map(({ function: name }) => name)).toEqual(['innermost', '', 'Array.map', 'Desk.settle']);
    expect(frames[0]?.file).toMatch(/stack-text\.test\.ts$/);
    expect(frames.every(({ line, file }) => line > 0 || file === '')).toBe(true);
  });

  test('of a recursion without end is read whole', () => {
    const line = '    at again (/srv/a.js:1:2)\n';
    expect(parseStack(`RangeError: deep\n${line.repeat(20_000)}`)).toHaveLength(20_000);
  });

  test('takes time in proportion, whatever it holds', () => {
    const hostile = ['    at (', '    at a (', '(', ' (/', 'eval at ', '    at eval (eval at a (', ':1', 'async '];
    for (const unit of hostile) expect(parseStack(`Error\n    at ${unit.repeat(100_000)}:1:1)`).length).toBeLessThan(2);
  });
});

describe('evaluated code', () => {
  test.each([
    ['eval at run (/srv/a.js:1:2)', frame('run', '/srv/a.js', 1, 2)],
    ['eval at <anonymous> (file:///srv/a.mjs:1:2)', frame('', 'file:///srv/a.mjs', 1, 2)],
    ['eval at a (eval at b (/srv/my (app)/a.js:1:2), <anonymous>:3:4)', frame('b', '/srv/my (app)/a.js', 1, 2)],
    ['eval at Desk.run [as x] (node:vm:3:4)', frame('Desk.run [as x]', 'node:vm', 3, 4)],
  ])('is traced to the place that evaluates it: %s', (origin, expected) => {
    expect(evalCaller(origin)).toEqual(expected);
  });

  test.each(['eval at', 'eval at x', 'eval at x (', 'x', ''])('is traced nowhere from %j', (origin) => {
    expect(evalCaller(origin)).toBeUndefined();
  });
});
