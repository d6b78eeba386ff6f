import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HashedStack, stackHash } from '../../src/frames/stack-hash.js';
import type { RawFrame } from '../../src/raw-frame.js';
import type { Frame } from '../../src/report.js';
import { buildProgram, makeDirectory, readFrames, runProgram } from './programs.js';

const frame = (name: string, file: string, line: number, more: Partial<Frame> = {}): Frame => ({
  function: name,
  file,
  line,
  column: 1,
  origin: file.startsWith('node:') || file === '' ? 'node' : /node_modules/.test(file) ? 'dependency' : 'application',
  async: false,
  ...more,
});
const STACK = [
  frame('JSON.parse', '', 0),
  frame('settle', '/srv/app/src/orders.ts', 12),
  frame('serve', '/srv/app/node_modules/web/index.js', 4),
  frame('main', '/srv/app/src/main.ts', 30),
  frame('Module._load', 'node:internal/modules/cjs/loader', 100),
];
const hashOf = (frames: readonly Frame[], root?: string, more: Partial<HashedStack> = {}) =>
  stackHash({ frames, root, ...more });
const hash = hashOf(STACK, '/srv/app');
const replaced = (index: number, more: Partial<Frame>): readonly Frame[] =>
  STACK.map((each, at) => (at === index ? { ...each, ...more } : each));

describe('a stack hash', () => {
  test('is sixteen hex digits', () => {
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  test('is that of the same program in another place, in another process', () => {
    const file = buildProgram();
    const copy = makeDirectory('gmr-elsewhere-');
    cpSync(dirname(dirname(file)), copy, { recursive: true });
    const [one, other] = [file, join(copy, 'dist/app.mjs')].map((each) =>
      hashOf(readFrames(runProgram(each)), dirname(dirname(each))),
    );
    expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(other).toBe(one);
  });

  test.each([
    ['the root, with or without a slash, as a path or a URL', hashOf(STACK, '/srv/app/')],
    ['the root as a URL', hashOf(STACK, 'file:///srv/app')],
    [
      'the directory that it was put into',
      hashOf(
        STACK.map((each) => ({ ...each, file: each.file.replace('/srv/app', '/home/bob/my shop') })),
        '/home/bob/my shop',
      ),
    ],
    [
      'the columns',
      hashOf(
        STACK.map((each) => ({ ...each, column: 70 })),
        '/srv/app',
      ),
    ],
    ['the source lines shown', hashOf(replaced(1, { source: 'x()' }), '/srv/app')],
    ["Node's version", hashOf(replaced(4, { line: 999, function: 'Module.load' }), '/srv/app')],
    [
      "a package manager's store",
      hashOf(replaced(2, { file: '/srv/app/node_modules/.pnpm/web@1.0.0/node_modules/web/index.js' }), '/srv/app'),
    ],
    ['the line', hashOf(replaced(1, { line: 13 }), '/srv/app')],
    ['how deep a recursion is', hashOf([...STACK.slice(0, 2), ...STACK.slice(1)], '/srv/app')],
    ['the alias by which a method is called', hashOf(replaced(1, { function: 'settle [as pay]' }), '/srv/app')],
    ['who waits for it', hashOf([...STACK, frame('caller', '/srv/app/src/a.ts', 5, { async: true })], '/srv/app')],
  ])('does not depend on %s', (_, other) => {
    expect(other).toBe(hash);
  });

  test('does not depend on the order of the callers that wait', () => {
    const [a, b] = [frame('a', '/srv/a.ts', 1, { async: true }), frame('b', '/srv/b.ts', 2, { async: true })];
    expect(hashOf([...STACK, a, b], '/srv/app')).toBe(hashOf([...STACK, b, a], '/srv/app'));
  });

  test.each([
    ['the function', replaced(1, { function: 'settleAll' })],
    ['the file', replaced(1, { file: '/srv/app/src/other.ts' })],
    ['the directory below the root', replaced(1, { file: '/srv/app/lib/orders.ts' })],
    ['the package', replaced(2, { file: '/srv/app/node_modules/other/index.js' })],
    ['the order of the calls', [STACK[3], STACK[1], STACK[2]].flatMap((each) => each ?? [])],
    ['a call that is missing', STACK.filter((_, index) => index !== 3)],
  ])('depends on %s', (_, stack) => {
    expect(hashOf(stack, '/srv/app')).not.toBe(hash);
  });

  test('tells stacks apart that have no frames but those that wait, or no frames but of Node', () => {
    const waiting = (name: string) => [frame(name, '/srv/app/a.ts', 1, { async: true })];
    const inside = (name: string) => [frame(name, 'node:internal/timers', 1)];
    expect(hashOf(waiting('a'), '/srv/app')).not.toBe(hashOf(waiting('b'), '/srv/app'));
    expect(hashOf(inside('processTimers'))).not.toBe(hashOf(inside('listOnTimeout')));
    expect(hashOf([])).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('a stack hash of what V8 tells of each function', () => {
  const raw = (line: number, column = 1): RawFrame => ({
    function: '',
    file: '/srv/app/a.js',
    line: 99,
    column: 9,
    async: false,
    enclosingLine: line,
    enclosingColumn: column,
  });
  const nameless = (line: number) => frame('<anonymous>', '/srv/app/a.js', line);

  test('tells functions without a name apart by where they start, not by the line they are at', () => {
    const at = (line: number, start: number) => hashOf([nameless(line)], '/srv/app', { raw: [raw(start)] });
    expect(at(20, 10)).toBe(at(25, 10));
    expect(at(20, 10)).not.toBe(at(20, 15));
  });

  test('is the same for one function under the names of two types', () => {
    const as = (name: string) => hashOf([frame(name, '/srv/app/a.js', 3)], '/srv/app', { raw: [raw(2)] });
    expect(as('Square.area')).toBe(as('Circle.area'));
  });

  test('leaves out the calls that did not stay, and counts all where none of the program stayed', () => {
    const outer = [frame('loop', '/srv/app/a.js', 3), frame('main', '/srv/app/main.js', 1)];
    const inner = (name: string) => [frame(name, '/srv/app/a.js', 30), ...outer];
    expect(hashOf(inner('left'), '/srv/app', { steady: 2 })).toBe(hashOf(inner('right'), '/srv/app', { steady: 2 }));
    expect(hashOf(inner('left'), '/srv/app', { steady: 2 })).toBe(hashOf(outer, '/srv/app'));
    expect(hashOf(inner('left'), '/srv/app', { steady: 0 })).toBe(hashOf(inner('left'), '/srv/app'));
    const timers = frame('listOnTimeout', 'node:internal/timers', 1);
    expect(hashOf([...outer, timers], '/srv/app', { steady: 1 })).toBe(hashOf(outer, '/srv/app'));
  });

  test('is the same wherever a recursion through two functions is interrupted', () => {
    const [a, b, main] = [frame('a', '/srv/a.js', 1), frame('b', '/srv/b.js', 1), frame('main', '/srv/m.js', 1)];
    expect(hashOf([a, b, a, main])).toBe(hashOf([b, a, b, a, main]));
  });
});
