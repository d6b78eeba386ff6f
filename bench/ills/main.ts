/**
 * Ill by ill: does the report come, is it delivered, does the process end as it would have. One Node line a run:
 * `npm run ills [-- NAME …]`. A row is right or wrong by facts only; the times are of this machine. Ends with 1 if one is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll } from '../../test/process/start.js';
import { openSink } from '../sink.js';
import { AGENT } from './agent.js';
import { FILES } from './files.js';
import { LIMITS } from './limits.js';
import { type Measured, measure } from './measure.js';
import { lookAtMachine } from './needs.js';
import { POOL } from './pool.js';

const root = mkdtempSync(join(tmpdir(), 'ills-'));
const sink = await openSink();
const listMissing = lookAtMachine(root);
const only = process.argv.slice(2);
const ills = [...POOL, ...FILES, ...LIMITS, ...AGENT].filter(
  ({ name }) => only.length === 0 || only.some((word) => name.includes(word)),
);
const columns = ['text, ms', 'delivered, ms', 'exit, ms', 'in a report', 'not armed', 'CPU, ms/s', 'not armed', ''];
console.log(`| node ${process.version} | ${columns.join(' | ')} |`);
console.log(`|---|${columns.map(() => '---').join('|')}|`);
let wrong = 0;
let missing = 0;
for (const ill of ills) {
  const lacking = listMissing(ill.needs ?? []);
  if (lacking.length > 0) {
    missing += 1;
    showRow(ill.name, [...Array<string>(columns.length - 1).fill(''), `not made here: needs ${lacking.join(', ')}`]);
    continue;
  }
  const measured = await measure(ill, sink, root);
  showRow(ill.name, [...describe(measured), measured.wrong.length === 0 ? 'right' : 'WRONG']);
  for (const sentence of measured.wrong) console.error(`${ill.name}: ${sentence}`);
  if (measured.wrong.length > 0) wrong += 1;
}
console.log(`\n${ills.length - wrong - missing} of ${ills.length} right, ${wrong} wrong, ${missing} not made here`);
sink.close();
killAll();
rmSync(root, { recursive: true, force: true });
process.exitCode = wrong === 0 ? 0 : 1;

function showRow(name: string, cells: readonly string[]): void {
  console.log(`| ${[name, ...cells].join(' | ')} |`);
}

function describe({ textMs, deliveredMs, exitMs, cpuMs }: Measured): readonly string[] {
  const times = [textMs, deliveredMs, exitMs.armed, exitMs.reporting, exitMs.bare, cpuMs.armed, cpuMs.bare];
  return times.map((ms) => (ms === undefined ? '–' : ms.toFixed(0)));
}
