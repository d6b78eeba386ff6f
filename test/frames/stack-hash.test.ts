import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stackHash } from '../../src/frames/stack-hash.js';
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
const hash = stackHash(STACK, '/srv/app');
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
      stackHash(readFrames(runProgram(each)), dirname(dirname(each))),
    );
    expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(other).toBe(one);
  });

  test.each([
    ['the root, with or without a slash, as a path or a URL', stackHash(STACK, '/srv/app/')],
    ['the root as a URL', stackHash(STACK, 'file:///srv/app')],
    [
      'the directory that it was put into',
      stackHash(
        STACK.map((each) => ({ ...each, file: each.file.replace('/srv/app', '/home/bob/my shop') })),
        '/home/bob/my shop',
      ),
    ],
    [
      'the columns',
      stackHash(
        STACK.map((each) => ({ ...each, column: 70 })),
        '/srv/app',
      ),
    ],
    ['the source lines shown', stackHash(replaced(1, { source: 'x()' }), '/srv/app')],
    ["Node's version", stackHash(replaced(4, { line: 999, function: 'Module.load' }), '/srv/app')],
    [
      "a package manager's store",
      stackHash(replaced(2, { file: '/srv/app/node_modules/.pnpm/web@1.0.0/node_modules/web/index.js' }), '/srv/app'),
    ],
    ['how deep a recursion is', stackHash([...STACK.slice(0, 2), ...STACK.slice(1)], '/srv/app')],
    ['who waits for it', stackHash([...STACK, frame('caller', '/srv/app/src/a.ts', 5, { async: true })], '/srv/app')],
  ])('does not depend on %s', (_, other) => {
    expect(other).toBe(hash);
  });

  test('does not depend on the order in which those who wait are told', () => {
    const [a, b] = [frame('a', '/srv/a.ts', 1, { async: true }), frame('b', '/srv/b.ts', 2, { async: true })];
    expect(stackHash([...STACK, a, b], '/srv/app')).toBe(stackHash([...STACK, b, a], '/srv/app'));
  });

  test.each([
    ['the line', replaced(1, { line: 13 })],
    ['the function', replaced(1, { function: 'settleAll' })],
    ['the file', replaced(1, { file: '/srv/app/src/other.ts' })],
    ['the directory below the root', replaced(1, { file: '/srv/app/lib/orders.ts' })],
    ['the package', replaced(2, { file: '/srv/app/node_modules/other/index.js' })],
    ['the order of the calls', [STACK[3], STACK[1], STACK[2]].flatMap((each) => each ?? [])],
    ['a call that is missing', STACK.filter((_, index) => index !== 3)],
  ])('depends on %s', (_, stack) => {
    expect(stackHash(stack, '/srv/app')).not.toBe(hash);
  });

  test('tells stacks apart that have no frames but those that wait, or no frames but of Node', () => {
    const waiting = (line: number) => [frame('a', '/srv/app/a.ts', line, { async: true })];
    const inside = (line: number) => [frame('processTimers', 'node:internal/timers', line)];
    expect(stackHash(waiting(1), '/srv/app')).not.toBe(stackHash(waiting(2), '/srv/app'));
    expect(stackHash(inside(1))).not.toBe(stackHash(inside(2)));
    expect(stackHash([])).toMatch(/^[0-9a-f]{16}$/);
  });
});
