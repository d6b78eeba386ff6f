import { readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFrameReader } from '../../src/frames/frames.js';
import { isChanged } from '../../src/frames/proof.js';
import { CHANGED } from '../../src/frames/source-line.js';
import { buildProgram, makeDirectory, readFrames, runProgram, tell, writeFiles } from './programs.js';

/** The stack that a person wants to read, whatever tool built the program. */
const READABLE = [
  'applyDiscount src/pricing.ts:11 | globalThis.captureHere();',
  'OrderDesk.total src/orders.ts:22 | return applyDiscount(sum);',
  'OrderDesk.settle src/orders.ts:17 | return this.total(items);',
  'async serveOrders src/main.ts:6 | const settled = await desk.settle([{ price: 3, quantity: 2 }]);',
  'async <anonymous> src/main.ts:10 | await serveOrders();',
];

const rootOf = (file: string): string => dirname(dirname(file));
const readProgram = (file: string, ran = file): string[] => tell(readFrames(runProgram(ran)), rootOf(file));
const editMap = (file: string, edit: (map: string) => string): void =>
  writeFileSync(`${file}.map`, edit(readFileSync(`${file}.map`, 'utf8')));

describe('a bundled, minified program', () => {
  test('is shown as it was written, with its map beside it', () => {
    expect(readProgram(buildProgram())).toEqual(READABLE);
  });

  test('is shown as it was written, with its map inside it', () => {
    expect(readProgram(buildProgram({ sourcemap: 'inline' }))).toEqual(READABLE);
  });

  test('is shown as it was written where only single files were compiled', () => {
    const file = buildProgram({
      bundle: false,
      entryPoints: ['src/*.ts'],
      outdir: 'dist',
      outfile: undefined as never,
    });
    const root = rootOf(file);
    expect(tell(readFrames(runProgram(join(root, 'dist/main.js'))), root)).toEqual(READABLE);
  });

  test('keeps the generated place beside the original', () => {
    const file = buildProgram();
    const raw = runProgram(file);
    expect(
      readFrames(raw)
        .map(({ generated }) => generated)
        .slice(0, 5),
    ).toEqual(raw.slice(0, 5).map(({ line, column }) => `${file}:${line}:${column}`));
    expect(raw[0]?.function).not.toBe('applyDiscount');
  });

  test('is read from its sources where the map does not bring them', () => {
    const file = buildProgram({ sourcesContent: false });
    expect(readFileSync(`${file}.map`, 'utf8')).not.toContain('applyDiscount(sum)');
    expect(readProgram(file)).toEqual(READABLE);
  });

  test('keeps names and places where its sources are gone', () => {
    const file = buildProgram({ sourcesContent: false });
    rmSync(join(rootOf(file), 'src'), { recursive: true });
    expect(readProgram(file)).toEqual(READABLE.map((line) => line.replace(/ \|.*/, '')));
  });

  test('is shown as it was written under --enable-source-maps', () => {
    const file = buildProgram();
    expect(tell(readFrames(runProgram(file, '--enable-source-maps')), rootOf(file))).toEqual(READABLE);
  });

  test('is found through linked directories', () => {
    const file = buildProgram();
    const linked = join(makeDirectory(), 'current');
    symlinkSync(rootOf(file), linked);
    expect(readProgram(file, join(linked, 'dist/app.mjs'))).toEqual(READABLE);
    const preserved = runProgram(join(linked, 'dist/app.mjs'), '--preserve-symlinks', '--preserve-symlinks-main');
    expect(tell(readFrames(preserved), linked)).toEqual(READABLE);
  });

  test('is found in a directory with spaces and signs in its name', () => {
    const file = buildProgram({}, makeDirectory('gmr frames #1 (50%) ü '));
    expect(readProgram(file)).toEqual(READABLE);
  });
});

describe('a map’s name', () => {
  test.each([
    ['a b.mjs', 'a%20b.mjs.map'],
    ['a b.mjs', 'a b.mjs.map'],
    ['a#b.mjs', 'a#b.mjs.map'],
    ['a?b.mjs', 'a?b.mjs.map'],
    ['100%.mjs', '100%.mjs.map'],
    ['a%20b.mjs', 'a%20b.mjs.map'],
    ['app.mjs', 'app.mjs.map?v=1'],
  ])('is found, encoded or not: of %s, %s', (name, written) => {
    const directory = makeDirectory();
    const map = { version: 3, sources: ['../src/app.ts'], names: [], mappings: 'AAAA' };
    writeFiles(directory, {
      'src/app.ts': 'run() as void;\n',
      [`dist/${name}`]: `run();\n//# sourceMappingURL=${written}\n`,
      [`dist/${name}.map`]: JSON.stringify(map),
    });
    const raw = { function: 'f', file: join(directory, 'dist', name), line: 1, column: 1, async: false };
    expect(tell(readFrames([raw]), directory)).toEqual(['f src/app.ts:1 | run() as void;']);
  });
});

describe('a map in sections', () => {
  test('is used, each section for what comes after it', () => {
    const file = buildProgram();
    editMap(file, (map) => {
      const other = { version: 3, sources: ['other.ts'], names: [], mappings: 'AAAA' };
      return JSON.stringify({
        version: 3,
        sections: [
          { offset: { line: 0, column: 0 }, map: JSON.parse(map) },
          { offset: { line: 900, column: 0 }, map: other },
        ],
      });
    });
    expect(readProgram(file)).toEqual(READABLE);
  });

  test('is used where the section begins further down', () => {
    const file = buildProgram();
    writeFileSync(file, `\n\n\n${readFileSync(file, 'utf8')}`);
    editMap(file, (map) =>
      JSON.stringify({ version: 3, sections: [{ offset: { line: 3, column: 0 }, map: JSON.parse(map) }] }),
    );
    expect(readProgram(file)).toEqual(READABLE);
  });
});

describe('without a map that can be used', () => {
  const generated = (file: string): string[] => {
    const frames = readFrames(runProgram(file));
    expect(frames[0]).toMatchObject({ file, origin: 'application' });
    expect(frames[0]?.generated).toBeUndefined();
    return frames.map(({ source }) => source ?? '');
  };

  test.each([
    ['missing', (file: string) => rmSync(`${file}.map`)],
    ['cut off', (file: string) => editMap(file, (map) => map.slice(0, map.length / 2))],
    ['no JSON', (file: string) => editMap(file, () => '<!doctype html>')],
    ['of another form', (file: string) => editMap(file, () => '{"version":3,"sources":7,"mappings":[]}')],
    ['empty', (file: string) => editMap(file, () => '')],
    ['full of what is no digit', (file: string) => editMap(file, (map) => map.replace(/"mappings": ?"/, '$&!!!'))],
    ['binary', (file: string) => writeFileSync(`${file}.map`, Buffer.from([123, 0, 1, 2, 255]))],
    [
      'a directory',
      (file: string) => {
        rmSync(`${file}.map`);
        writeFiles(`${file}.map`, { 'app.mjs.map': '{}' });
      },
    ],
  ])('the minified line around the call is shown: the map is %s', (_, spoil) => {
    const file = buildProgram();
    spoil(file);
    expect(generated(file)[0]).toContain('globalThis.captureHere()');
  });

  test('the minified line is shown where the program names no map', () => {
    expect(generated(buildProgram({ sourcemap: 'external' }))[0]).toContain('globalThis.captureHere()');
  });

  test('nothing outside the project is read, whatever the map says', () => {
    const file = buildProgram({ sourcesContent: false });
    const secret = join(makeDirectory(), 'secret.ts');
    writeFileSync(secret, 'the-secret-line\n'.repeat(40));
    editMap(file, (map) => map.replaceAll('../src/pricing.ts', secret));
    const [first] = readFrames(runProgram(file));
    expect(first?.file).toBe(secret);
    expect(JSON.stringify(first)).not.toContain('the-secret-line');
  });
});

describe('a file that changed after the program had started', () => {
  const HOUR = 3_600_000;

  test('is told of, instead of a line of another version', () => {
    const file = buildProgram();
    const raw = runProgram(file);
    const startMs = Date.now() - HOUR;
    expect(tell(readFrames(raw, { startMs: Date.now() + HOUR }), rootOf(file))).toEqual(READABLE);
    writeFileSync(file, `/* another version */ ${readFileSync(file, 'utf8')}`);
    expect(readFrames(raw, { startMs })[0]).toMatchObject({ file, source: CHANGED });
  });

  test('is not a file that was written after the start, and loaded then', () => {
    const directory = makeDirectory();
    const call = '  globalThis.captureHere();';
    const lines = ['let sold = 0;', 'function priceOf() {', call, '  sold += 1;', '}', 'priceOf();', ''];
    writeFiles(directory, { 'late.mjs': lines.join('\n') });
    const file = join(directory, 'late.mjs');
    const raw = runProgram(file);
    const startMs = Date.now() - HOUR;
    expect(readFrames(raw, { startMs })[0]?.source).toBe(call.trim());
    writeFiles(directory, { 'late.mjs': lines.join('\n').replace('let sold', 'let alreadySold') });
    expect(readFrames(raw, { startMs })[0]?.source).toBe(CHANGED);
  });

  test('is told of in the millisecond in which it was written', () => {
    const nowMs = Date.now();
    expect(isChanged({ mtimeMs: nowMs + 0.999 }, nowMs - HOUR)).toBe(true);
    expect(isChanged({ mtimeMs: nowMs + HOUR }, nowMs - HOUR)).toBe(false);
  });

  test('is told of where it is a source', () => {
    const file = buildProgram({ sourcesContent: false });
    const raw = runProgram(file);
    const [old, startMs] = [new Date(Date.now() - 2 * HOUR), Date.now() - HOUR];
    for (const path of [file, `${file}.map`]) utimesSync(path, old, old);
    expect(readFrames(raw, { startMs })[0]).toMatchObject({ function: 'applyDiscount', line: 11, source: CHANGED });
  });

  test('is looked at again in the next report', () => {
    const file = buildProgram();
    const raw = runProgram(file);
    const reader = createFrameReader();
    expect(tell(reader.read(raw), rootOf(file))).toEqual(READABLE);
    editMap(file, (map) => map.replaceAll('applyDiscount', 'applyRebate'));
    const later = new Date(Date.now() - HOUR);
    utimesSync(`${file}.map`, later, later);
    expect(reader.read(raw)[0]?.function).toBe('applyRebate');
  });
});
