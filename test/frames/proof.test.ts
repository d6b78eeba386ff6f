import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toScriptFile } from '../../src/frames/file-cache.js';
import { isPlain } from '../../src/frames/proof.js';
import { buildProgram, makeDirectory, runProgram, writeFiles } from './programs.js';

const WAYS = `class Till {
  constructor(call) { this.value = call(); }
  settle(call) { return call(); }
  static open(call) { return call(); }
  get total() { return this.call(); }
  async wait(call) { return call(); }
  *each(call) { yield call(); }
  #hidden(call) { return call(); }
  show(call) { return this.#hidden(call); }
}
const till = new Till(() => 1);
function plain(call) { return call(); }
const arrow = async (call) => call();
const named = function (call) { return call(); };
function run(call) {
  till.call = () => call();
  return new Till(() => till.settle(() => Till.open(() => till.total)));
}
function rest(call) {
  return till.wait(() => [...till.each(() => till.show(() => plain(() => arrow(() => named(call)))))]);
}
run(() => rest(() => captureHere()));
`;

function toFile(path: string, text: string) {
  return toScriptFile({ path, text, size: text.length, mtimeMs: 1 }, () => false);
}

describe('a file is what runs, without a look at memory,', () => {
  it('if each call and each function is where V8 has it', () => {
    const directory = makeDirectory();
    writeFiles(directory, { 'app.mjs': WAYS });
    const path = join(directory, 'app.mjs');
    const frames = runProgram(path).filter(({ file, async }) => file.endsWith('app.mjs') && !async);
    expect(frames.length).toBeGreaterThan(15);
    const file = toFile(path, WAYS);
    expect(frames.filter((frame) => !isPlain(file, frame, undefined))).toEqual([]);
    // As a loader changes it: a line less at the top, a word more in a line.
    const [, ...less] = WAYS.split('\n');
    const others = [less.join('\n'), WAYS.replace('class Till', 'const Till = class')].map((text) =>
      toFile(path, text),
    );
    for (const other of others) expect(frames.filter((frame) => isPlain(other, frame, undefined))).toEqual([]);
    expect(frames.some((frame) => isPlain(file, frame, 0))).toBe(false);
  });

  it('also where a bundler has put all in one line', () => {
    const path = buildProgram();
    const text = readFileSync(path, 'utf8');
    const frames = runProgram(path).filter(({ file, line, async }) => file.endsWith('app.mjs') && line === 1 && !async);
    expect(frames.length).toBeGreaterThan(0);
    const bundle = toFile(path, `${text.split('\n')[0]}//${' '.repeat(1000)}\n`);
    expect(frames.some((frame) => isPlain(bundle, frame, undefined))).toBe(true);
    expect(frames.some((frame) => isPlain(toFile(path, `"use strict";${bundle.text}`), frame, undefined))).toBe(false);
  });
});
