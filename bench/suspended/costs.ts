/**
 * The costs of a walk by size of heap and by number of functions: the agent's CPU time and memory, cold and warm, and main's longest
 * gap between two turns. More memory than the goal is marked. One Node line a run: `npm run suspended:costs [-- MEGABYTES …]`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Costs } from './costs-target.js';

const MEGABYTES = [10, 100, 500, 1000, 2000];
const FUNCTIONS = [10_000, 100_000];
/** More memory of the agent while it walks. */
const GOAL_MB = 64;
const asked = process.argv.slice(2).map(Number);
/** Built beside this file. */
const program = join(__dirname, 'costs-target.cjs');
console.log(`Node ${process.version}\n`);
console.log(
  '| heap, MB | functions | cold: reads | CPU, ms | more memory, MB | warm: CPU, ms | gap of main without, ms | with, ms |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const megabytes of asked.length > 0 ? asked : MEGABYTES) show(1000, megabytes);
for (const functions of FUNCTIONS) show(functions, 100);

function show(functions: number, megabytes: number): void {
  const flags = [`--max-old-space-size=${megabytes * 2 + 2000}`];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, program, String(functions), String(megabytes)], {
    encoding: 'utf8',
  });
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { heapMb, count, cold, warm, gapWithoutMs, gapMs } = JSON.parse(stdout) as Costs;
  const memory = `${Math.round(cold.memoryMb)}${cold.memoryMb > GOAL_MB ? ` (goal: ${GOAL_MB})` : ''}`;
  const [heap, cpu, warmCpu] = [heapMb, cold.cpuMs, warm.cpuMs].map(Math.round);
  const figures = [heap, count, cold.reads, cpu, memory, warmCpu, gapWithoutMs.toFixed(1), gapMs.toFixed(1)];
  console.log(`| ${figures.join(' | ')} |`);
}
