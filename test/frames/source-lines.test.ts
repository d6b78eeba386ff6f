import { describe, expect, test } from 'vitest';
import { indexLines } from '../../src/frames/lines.js';
import { showNearLine, showSourceLine } from '../../src/frames/source-line.js';
import { findMapUrl } from '../../src/frames/source-map-file.js';
import { buildProgram, readFrames, runProgram } from './programs.js';

describe('a source line', () => {
  test.each([
    ['    const a = 1;  ', 'const a = 1;'],
    ['\tif (a) {', 'if (a) {'],
    ['a\tb', 'a b'],
    ['', undefined],
    [' \t ', undefined],
  ])('%j is shown without its indent: %j', (line, shown) => {
    expect(showSourceLine(line, 1)).toBe(shown);
  });

  test('cannot command a terminal, turn text around or hide', () => {
    expect(showSourceLine('a\u001b[2Jb\u0007c\u202ed\u200be\u0000f\ud800g', 1)).toBe(
      'a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg',
    );
  });

  test('that is long is cut to what is around the place', () => {
    const line = `${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`;
    const shown = showSourceLine(line, 5001) ?? '';
    expect(shown).toContain('HERE');
    expect(shown).toMatch(/^….*…$/);
    expect(shown.length).toBeLessThanOrEqual(160);
    expect(showSourceLine(line, 1)).toMatch(/^a.*…$/);
    expect(showSourceLine(line, 99_999)).toMatch(/^….*b$/);
  });
});

describe('a frame', () => {
  test('quotes no line where source lines are switched off, and keeps its place', () => {
    const raw = runProgram(buildProgram());
    const quoted = readFrames(raw);
    const bare = readFrames(raw, { sourceLines: () => false });
    expect(quoted.some(({ source }) => source !== undefined)).toBe(true);
    expect(bare).toEqual(quoted.map(({ source, sourceBefore, sourceAfter, ...frame }) => frame));
  });
});

describe('the lines around that of a frame', () => {
  test.each([
    ['keep the indent that they have beyond it', '      after();', '    at();', '  after();'],
    ['lose no more than their own', '  before();', '      at();', 'before();'],
    ['are left out if they are empty', '   ', 'at();', undefined],
    ['are left out beside a line that no person reads', 'before();', 'x'.repeat(5000), undefined],
    ['are left out if they are long', 'x'.repeat(200), 'at();', undefined],
    [
      'are left out if they are a string, whose name is elsewhere',
      "  'hunter2-without-a-name',",
      'at(password:',
      undefined,
    ],
    [
      'are left out if they are a part of one',
      'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7',
      'at();',
      undefined,
    ],
    ['are left out within a key', 'MIIE', 'const key = `-----BEGIN PRIVATE KEY-----', undefined],
  ])('%s', (_, near, line, shown) => {
    expect(showNearLine(near, line)).toBe(shown);
  });

  test('belong to the innermost frame of the application, and to no other', () => {
    const frames = readFrames(runProgram(buildProgram()));
    const near = frames.filter(({ sourceBefore, sourceAfter }) => (sourceBefore ?? sourceAfter) !== undefined);
    expect(near).toEqual([frames.find(({ origin }) => origin === 'application')]);
  });
});

describe('the lines of a text', () => {
  test('end where V8 ends them', () => {
    const lines = indexLines('one\ntwo\r\nthree\rfour\u2028five\u2029six\n');
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((line) => lines.read(line))).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      '',
      undefined,
    ]);
  });

  test('are found in any order, in a text of many and of one', () => {
    const many = indexLines(Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`).join('\n'));
    for (const line of [1000, 1, 500, 128, 129, 999, 2]) expect(many.read(line)).toBe(`line ${line}`);
    for (const line of [0, -1, 1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(many.read(line)).toBeUndefined();
    expect(indexLines('x'.repeat(100_000)).read(1)).toHaveLength(100_000);
  });
});

describe('the map that a file names', () => {
  test.each([
    ['a();\n//# sourceMappingURL=a.js.map', 'a.js.map'],
    ['a();\n//# sourceMappingURL=a.js.map\n\n', 'a.js.map'],
    ['a();\n//@ sourceMappingURL=a.js.map', 'a.js.map'],
    ['a();\n/*# sourceMappingURL=a.js.map */', 'a.js.map'],
    ['a();\n/*# sourceMappingURL=a.js.map*/', 'a.js.map'],
    ['//# sourceMappingURL=old.map\n//# sourceMappingURL=new.map', 'new.map'],
    ['//# sourceMappingURL=real.map\nconst s = "sourceMappingURL=";', 'real.map'],
    ['//# sourceMappingURL=real.map\nconst s = "//# sourceMappingURL=" + name;', 'real.map'],
    ['//# sourceMappingURL=data:application/json;base64,e30=', 'data:application/json;base64,e30='],
    ['sourceMappingURL=a.map', undefined],
    ['a();', undefined],
    ['', undefined],
  ])('%j: %j', (text, url) => {
    expect(findMapUrl(text)).toBe(url);
  });
});
