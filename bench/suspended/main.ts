/**
 * Suspended functions that are found, missed and made up, by a program that knows what it has suspended: by count, by size of heap,
 * and by what its thread does. One Node line a run: `npm run suspended [-- MEGABYTES …]`. Ends with 1 if one is made up, or one
 * is missed of a thread that does not run.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SHAPES } from '../../test/v8/suspended-shapes.js';
import type { SuspendedSeen } from '../../test/v8/suspended-target.js';

const MODES = ['idle', 'native', 'loop', 'worker', 'allocates', 'resumes'] as const;
/** Their threads go on while they are read: a read that is not quiet may miss some. */
const CHANGING: readonly string[] = ['allocates', 'resumes'];
/** 54 functions each: the last are as many as are told in chains. */
const ROUNDS = [1, 30, 250, 1850];
/** A heap of Node's own is smaller than these by some 5 MB. */
const MEGABYTES = [10, 100, 500, 1000];
const asked = process.argv.slice(2).map(Number);
const sizes = asked.length > 0 ? asked : MEGABYTES;

/** Built beside this file. */
const program = join(__dirname, 'suspended-target.cjs');
console.log(`${SHAPES.length} shapes, Node ${process.version}\n`);
const columns = [
  'thread',
  'rounds',
  'heap, MB',
  'suspended',
  'missed',
  'made up',
  'reads',
  'quiet',
  'last read, ms',
  '',
];
console.log(`| ${columns.join(' | ')} |`);
console.log(`|${columns.map(() => '---').join('|')}|`);
let wrong = 0;
for (const mode of MODES) for (const rounds of ROUNDS) if (mode === 'idle' || rounds === 30) show(mode, rounds, 0);
for (const megabytes of sizes) show('idle', 250, megabytes);
console.log(`\n${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;

function show(mode: string, rounds: number, megabytes: number): void {
  const flags = [`--max-old-space-size=${megabytes * 2 + 2000}`];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, program, String(rounds), mode, String(megabytes)], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { last, reads, quiet, missed, wrong: madeUp } = JSON.parse(stdout) as SuspendedSeen;
  const isRead = last.kind === 'read';
  const isRight = isRead && madeUp.length === 0 && (missed.length === 0 || CHANGING.includes(mode));
  if (!isRight) wrong += 1;
  const cells = [
    mode,
    rounds,
    isRead ? Math.round(last.heapBytes / 2 ** 20) : '–',
    isRead ? last.count : last.reason,
    missed.length,
    madeUp.length,
    reads,
    quiet,
    isRead ? Math.round(last.ms) : '–',
    isRight ? 'right' : 'WRONG',
  ];
  console.log(`| ${cells.join(' | ')} |`);
  for (const sentence of [...missed.map((one) => `missed ${one}`), ...madeUp].slice(0, 5)) console.error(sentence);
}
