import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

/**
 * Builds programs of this folder before the tests of a file.
 *
 * @returns a function that runs one, and returns the line of JSON that it prints before it kills itself
 */
export function buildPrograms(...names: readonly string[]): <T>(name: string, ...args: readonly string[]) => T {
  const directory = mkdtempSync(join(tmpdir(), 'v8-programs-'));
  beforeAll(() => buildInto(directory, names));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return <T>(name: string, ...args: readonly string[]): T => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(directory, `${name}.js`), ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (!stdout.startsWith('{')) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  };
}

/** Bundles programs of this folder, each as a file of its name. */
export async function buildInto(directory: string, names: readonly string[]): Promise<void> {
  await build({
    entryPoints: names.map((name) => fileURLToPath(new URL(`${name}.ts`, import.meta.url))),
    outdir: directory,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    logLevel: 'warning',
  });
}
