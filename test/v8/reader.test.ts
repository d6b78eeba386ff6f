import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARCHITECTURES } from '../../src/v8/architecture/known.js';
import { findEmulated, type NodeCommand } from './arm64.js';
import type { Attacked } from './attacks.js';
import type { LargeHeap } from './large-heap.js';
import type { Observed } from './observer.js';
import { buildInto } from './programs.js';

const directory = mkdtempSync(join(tmpdir(), 'reader-'));
const fifo = join(directory, 'fifo');
/** Other binaries of Node than this one, separated by colons; more programs, and each constant wrong in more ways. */
const {
  GMR_PROOF_NODES,
  GMR_PROOF_PROGRAMS = '42',
  GMR_PROOF_DIFFERENCES = '8',
  GMR_PROOF_FLIPS = '300',
} = process.env;
const toCommand = (node: string): NodeCommand => ({ name: node, command: [node] });
const own = toCommand(process.execPath);
const nodes = [own, ...(GMR_PROOF_NODES?.split(':') ?? []).map(toCommand)];
const emulated = findEmulated();

beforeAll(async () => {
  execFileSync('mkfifo', [fifo]);
  await buildInto(directory, ['target', 'attacks', 'large-heap']);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The line of JSON that it prints before it kills itself: nothing else ends a thread that waits for ever. */
function run<T>({ name, command, env }: NodeCommand, program: string, args: readonly string[]): T {
  const [file = '', ...first] = command;
  const { stdout, stderr } = spawnSync(file, [...first, join(directory, `${program}.js`), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (!stdout.startsWith('{')) throw new Error(`${name} ${program}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

function expectTrue(node: NodeCommand, programs: string): void {
  const seen = run<Observed>(node, 'target', [programs, '1', fifo]);
  expect(seen.state).toEqual({ on: true });
  expect(seen.stacks).toBe(Number(programs));
  expect(seen.wrong).toEqual([]);
  expect(seen.missed).toEqual([]);
  expect(seen.over.length).toBeLessThan(seen.stacks / 4);
  expect(seen.right + seen.nameless).toBe(seen.frames);
  expect(seen.nameless).toBeLessThan(seen.frames / 100);
}

describe('the memory reader on arm64', () => {
  // An emulator takes twenty times as long.
  it.skipIf(emulated.length === 0)(
    'tells of a blocked main what V8 told just before (qemu-aarch64, and Nodes for arm64)',
    { timeout: 1_800_000 },
    () => {
      for (const node of emulated) expectTrue(node, '12');
    },
  );
});

describe.runIf(process.platform === 'linux' && ARCHITECTURES.has(process.arch))('the memory reader', () => {
  it.for(nodes)('tells of a blocked main exactly what V8 told just before: $name', { timeout: 600_000 }, (node) => {
    expectTrue(node, GMR_PROOF_PROGRAMS);
  });

  it('is on in a process whose heap is larger than all that it may read', { timeout: 600_000 }, () => {
    const read = run<LargeHeap>(own, 'large-heap', []);
    expect(read.heapBytes).toBeGreaterThan(300 * 1024 * 1024);
    expect(read.state).toEqual({ on: true });
    expect(read.threads).toEqual(read.expected);
    expect(read.functions).toContain('standStill');
  });

  it.for(nodes)(
    'is off, or right, with any constant wrong and with any bit flipped: $name',
    { timeout: 600_000 },
    (node) => {
      const attacked = run<Attacked>(node, 'attacks', [GMR_PROOF_DIFFERENCES, GMR_PROOF_FLIPS]);
      expect(attacked.calls).toBeGreaterThan(5);
      expect(attacked.mutants.wrong).toEqual([]);
      expect(attacked.mutants.off).toBeGreaterThan(50);
      expect(attacked.flipped.wrong).toEqual([]);
      expect(attacked.flipped.thrown).toEqual([]);
    },
  );
});
