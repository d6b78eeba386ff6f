/** Programs that run for real and say where they are: their frames come from V8, through the package's own capture. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { afterAll } from 'vitest';
import { createFrameReader, type FrameReaderOptions } from '../../src/frames/frames.js';
import type { RawFrame } from '../../src/frames/raw.js';
import type { Frame } from '../../src/report.js';

const CAPTURE = fileURLToPath(new URL('../../src/main/capture.ts', import.meta.url));
export const SOURCES = fileURLToPath(new URL('../apps/bundled-source/', import.meta.url));

const made: string[] = [];

/** A new directory, gone after the tests of the file; its real path, as V8 will name it. */
export function makeDirectory(name = 'frames-'): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), name)));
  made.push(directory);
  return directory;
}

afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** Writes `files` by their paths below `directory`. */
export function writeFiles(directory: string, files: { readonly [path: string]: string }): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/** A project with the program of three files as `src`, bundled into `dist/app.mjs`; says where the bundle is. */
export function buildProgram(options: BuildOptions = {}, directory = makeDirectory()): string {
  writeFiles(directory, { 'package.json': '{"name":"shop","type":"module"}' });
  buildSync({ entryPoints: [], ...copySources(directory), ...options });
  return join(directory, 'dist/app.mjs');
}

function copySources(directory: string): BuildOptions {
  for (const name of ['main.ts', 'orders.ts', 'pricing.ts']) {
    buildSync({ entryPoints: [], logLevel: 'silent' });
    writeFiles(directory, { [`src/${name}`]: readSource(name) });
  }
  return {};
}
