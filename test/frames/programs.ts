/** Programs that run for real and say where they are: their frames come from V8, through the package's own capture. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { afterAll } from 'vitest';
import { createFrameReader, type FrameReaderOptions } from '../../src/frames/frames.js';
import type { RawFrame } from '../../src/raw-frame.js';
import type { Frame } from '../../src/report.js';

const CAPTURE = fileURLToPath(new URL('../../src/main/capture.ts', import.meta.url));
const SOURCES = fileURLToPath(new URL('../apps/bundled-source/', import.meta.url));

const made: string[] = [];
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** A new directory by its real path, as V8 will name it; gone after the tests of the file. */
export function makeDirectory(name = 'gmr-frames-'): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), name)));
  made.push(directory);
  return directory;
}

/** Writes `files` by their paths below `directory`. */
export function writeFiles(directory: string, files: { readonly [path: string]: string }): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/** A project of three sources in `src`, bundled and minified into `dist/app.mjs` with its map beside it. */
export function buildProgram(options: BuildOptions = {}, directory = makeDirectory()): string {
  writeFiles(directory, { 'package.json': '{"name":"shop","type":"module"}' });
  cpSync(SOURCES, join(directory, 'src'), { recursive: true });
  buildSync({
    absWorkingDir: directory,
    entryPoints: ['src/main.ts'],
    outfile: 'dist/app.mjs',
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    ...options,
  });
  return join(directory, 'dist/app.mjs');
}

/** Runs a program to its first `captureHere()` and returns the stack it had there. */
export function runProgram(file: string, ...flags: readonly string[]): RawFrame[] {
  const output = execFileSync(process.execPath, [...flags, '--import', makeHook(), file], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(output) as RawFrame[];
}

/** The result of our own reader. */
export function readFrames(raw: readonly RawFrame[], options?: FrameReaderOptions): Frame[] {
  return createFrameReader(options).read(raw);
}

/** One line a frame, as a person would tell it; Node's own left out. */
export function tell(frames: readonly Frame[], root = ''): string[] {
  return frames
    .filter((frame) => frame.origin !== 'node')
    .map(({ async, function: name, file, line, source }) => {
      const place = `${file.replace(root, '').replace(/^\//, '')}:${line}`;
      return `${async ? 'async ' : ''}${name} ${place}${source === undefined ? '' : ` | ${source}`}`;
    });
}

let hook: string | undefined;

function makeHook(): string {
  if (hook !== undefined) return hook;
  const directory = makeDirectory('gmr-hook-');
  buildSync({
    stdin: {
      contents: `
        import { writeSync } from 'node:fs';
        import { captureFrames } from ${JSON.stringify(CAPTURE)};
        globalThis.captureHere = () => {
          writeSync(1, JSON.stringify(captureFrames(50, globalThis.captureHere, 'none').frames));
          process.exit(0);
        };`,
      resolveDir: directory,
    },
    outfile: join(directory, 'hook.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  hook = pathToFileURL(join(directory, 'hook.mjs')).href;
  return hook;
}
