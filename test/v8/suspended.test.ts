import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SuspendedAttacked } from './suspended-attacks.js';
import { SHAPES } from './suspended-shapes.js';
import type { SuspendedSeen } from './suspended-target.js';

const directory = mkdtempSync(join(tmpdir(), 'suspended-'));

beforeAll(async () => {
  await build({
    entryPoints: ['target', 'attacks'].map((name) => fileURLToPath(new URL(`suspended-${name}.ts`, import.meta.url))),
    outdir: directory,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    logLevel: 'warning',
  });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The line of JSON that it prints before it kills itself. */
function run<T>(program: string, ...args: readonly string[]): T {
  const file = join(directory, `suspended-${program}.js`);
  const { stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the walk of the heap', () => {
  it.for([
    ['1', 'idle'],
    ['30', 'idle'],
    ['250', 'idle'],
    ['30', 'native'],
    ['30', 'loop'],
    ['30', 'worker'],
  ] as const)('finds what waits, and nothing else, %s times each shape, in a thread that is: %s', ([rounds, mode]) => {
    const seen = run<SuspendedSeen>('target', rounds, mode);
    expect(seen.state).toEqual({ on: true });
    expect(seen.wrong).toEqual([]);
    expect(seen.missed).toEqual([]);
    expect(seen.last).toMatchObject({ kind: 'read', isWhole: true, isQuiet: true });
    expect('count' in seen.last && seen.last.count).toBeGreaterThan(Number(rounds) * SHAPES.length);
  });

  it('tells nothing that is not there while the thread allocates without end', () => {
    const seen = run<SuspendedSeen>('target', '30', 'allocates');
    expect(seen.last.kind).toBe('read');
    expect(seen.wrong).toEqual([]);
  });

  it('is off, or right, with any of its constants wrong, and never throws', () => {
    const attacked = run<SuspendedAttacked>('attacks');
    expect(attacked.truth).toBe('5 consumes>many, 5 outer>Promise.allleaf');
    expect(attacked.mutants.wrong).toEqual([]);
    expect(attacked.mutants.off).toBeGreaterThan(30);
    expect(attacked.flipped).toEqual({ read: 20, thrown: [] });
  });
});
