import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OUT_OF_TIME } from '../../src/frames/source-line.js';
import type { RawFrame } from '../../src/raw-frame.js';
import { buildProgram, readFrames, runProgram } from './programs.js';

/** The program's own map, in a section before one of ten megabytes, as a large bundle has. */
function enlargeMap(file: string): void {
  const map: unknown = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
  const segment = 'AAAA,CAAC,EAAE,GAAGA;';
  const large = { version: 3, sources: ['b.ts'], names: ['b'], mappings: segment.repeat(10_000_000 / segment.length) };
  const sections = [
    { offset: { line: 0, column: 0 }, map },
    { offset: { line: 100, column: 0 }, map: large },
  ];
  writeFileSync(`${file}.map`, JSON.stringify({ version: 3, sections }));
}

const own = (raw: readonly RawFrame[]): RawFrame[] => raw.filter(({ file }) => file.endsWith('app.mjs'));

describe('the time budget', () => {
  test('that reaches for a map of ten megabytes has its frames', () => {
    const file = buildProgram();
    enlargeMap(file);
    const [first] = readFrames(runProgram(file), { budgetMs: 60_000 });
    expect(first).toMatchObject({ function: 'applyDiscount', line: 11, source: 'globalThis.captureHere();' });
  });

  test('that does not reach for it leaves the frames as V8 has them, and says so', () => {
    const file = buildProgram();
    enlargeMap(file);
    const raw = own(runProgram(file));
    const frames = readFrames(raw, { budgetMs: 100 });
    expect(frames.map(({ line, column }) => [line, column])).toEqual(raw.map(({ line, column }) => [line, column]));
    expect(frames.map(({ source }) => source)).toEqual([OUT_OF_TIME, ...Array.from({ length: raw.length - 1 })]);
  });

  test('of nothing reads nothing, and says so once a file', () => {
    const raw = runProgram(buildProgram());
    const frames = readFrames(raw, { budgetMs: 0 });
    expect(frames.map(({ function: name }) => name)).toEqual(raw.map(({ function: name }) => name || '<anonymous>'));
    expect(frames.filter(({ source }) => source === OUT_OF_TIME)).toHaveLength(1);
  });

  test('is new for each report', () => {
    const file = buildProgram();
    const raw = own(runProgram(file));
    const many = Array.from({ length: 200 }, () => raw).flat();
    expect(readFrames(many).every(({ source }) => source !== undefined && source !== OUT_OF_TIME)).toBe(true);
  });
});
