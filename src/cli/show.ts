import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inOrder, isComplete, joinText, type StoredReport } from '../collector/reports.js';
import { defaultDirectory } from '../collector/store.js';
import { escapeControls } from '../views/escape.js';
import { readDirectory } from './read.js';
import { CommandError, UsageError } from './usage.js';

export const HELP = `gmr show [ID] [--dir DIR] [--json]

One report as its process printed it: the newest, or the one whose id begins with ID.

  --dir DIR   ${defaultDirectory()}
  --json      its sections as structure
`;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { dir: { type: 'string', default: defaultDirectory() }, json: { type: 'boolean', default: false } },
  });
  const [id, more] = positionals;
  if (more !== undefined) throw new UsageError(`expected one report id, got ${positionals.join(' ')}`);
  if (id !== undefined && !/^[0-9a-f]{4,32}$/.test(id))
    throw new UsageError(`${id} is no report id: expected 4 to 32 hexadecimal digits`);
  const report = choose(await readDirectory(resolve(values.dir)), id, resolve(values.dir));
  if (values.json) process.stdout.write(`${JSON.stringify(toStructure(report), undefined, 2)}\n`);
  // It came over the network: what could drive a terminal is shown, not obeyed.
  else process.stdout.write(escapeControls(joinText(report), { keepLines: true }));
  if (!isComplete(report))
    process.stderr.write('gmr: this report is not complete: some of its records have not come\n');
}

function choose(reports: readonly StoredReport[], id: string | undefined, directory: string): StoredReport {
  const found = id === undefined ? reports.slice(-1) : reports.filter((report) => report.id.startsWith(id));
  const [report, other] = found;
  if (!report)
    throw new CommandError(id ? `no report ${id} in ${directory}: see gmr ls` : `no reports in ${directory}`);
  if (other) throw new CommandError(`${id} fits ${found.length} reports: ${found.map((one) => one.id).join(', ')}`);
  return report;
}

function toStructure(report: StoredReport): object {
  const { id, time, service, host, process: pid, trigger, main } = report;
  const sections = inOrder(report.sections).map(({ name, title, status, bodies }) => {
    const parts = inOrder(bodies);
    return {
      name,
      title,
      status,
      text: parts.map((part) => part.text ?? '').join(''),
      data: parts.map(({ data }) => data),
    };
  });
  return { id, time, service, host, process: pid, trigger, main, sections };
}
