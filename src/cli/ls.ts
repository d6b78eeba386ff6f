import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDirectory } from '../collector/directory.js';
import { countSupplements, isComplete, listSections, type StoredReport } from '../collector/reports.js';
import { toJsonLine } from '../views/escape.js';
import { followDirectory, openReportDirectory } from './report-directory.js';
import { chooseReports, readSince, type Wanted } from './report-filter.js';
import { listCauses, renderCauses, renderReports } from './report-table.js';
import { tell } from './tell.js';
import { readCount, readName, UsageError } from './usage.js';

const NEWEST = 20;

export const HELP = `gmr ls [-n COUNT] [--since TIME] [--service NAME] [--state WORDS] [--stack HASH] [--group] [--follow]
       [--wide] [--json] [--dir DIR]

The reports that a collector has stored, newest last. An id is shown as far as 'gmr show' needs it.

  -n COUNT          how many, the newest; 0 for all. By default ${NEWEST}
  --since TIME      made after that: 30s, 10min, 2h, 7d ago, or a date and time such as 2026-01-31T12:00Z
  --service NAME    of this service only
  --state WORDS     with these words in the verdict: idle, 'running JavaScript', a function, a file
  --stack HASH      whose main thread had this stack; the beginning of the hash is enough
  --group           one line a cause: the reports with the same stack, or the same verdict
  --follow          goes on, and lists each report when it comes
  --wide            lines longer than the terminal is wide
  --json            one JSON object a line, with whole ids
  --dir DIR         ${defaultDirectory()}
`;

export const OPTIONS = {
  count: { type: 'string', short: 'n' },
  since: { type: 'string' },
  service: { type: 'string' },
  state: { type: 'string' },
  stack: { type: 'string' },
  group: { type: 'boolean', default: false },
  follow: { type: 'boolean', default: false },
  wide: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  dir: { type: 'string', default: defaultDirectory() },
} as const;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.group && values.follow) throw new UsageError('expected --group or --follow, got both');
  const wanted: Wanted = {
    count: readCount('-n', values.count ?? String(NEWEST)),
    sinceMs: values.since === undefined ? undefined : readSince(values.since, Date.now()),
    service: values.service,
    words: values.state?.toLowerCase(),
    stack: values.stack?.toLowerCase(),
  };
  const directory = resolve(readName('--dir', values.dir));
  const width = values.wide ? undefined : process.stdout.columns;
  const reports = await openReportDirectory(directory);
  const all = reports.list();
  const chosen = chooseReports(all, wanted);
  const show = values.json
    ? (shown: readonly StoredReport[]) => shown.map((one) => toJsonLine(toLine(one))).join('')
    : (shown: readonly StoredReport[], isFirst: boolean) =>
        renderReports(shown, all, { nowMs: Date.now(), width, isFirst });
  if (values.group && values.json) process.stdout.write(listCauses(chosen).map(toJsonLine).join(''));
  else if (values.group) process.stdout.write(renderCauses(listCauses(chosen), { nowMs: Date.now(), width }));
  else if (chosen.length > 0 || values.json) process.stdout.write(show(chosen, true));
  else if (!values.follow) process.stdout.write(tellNothing(all.length, directory));
  if (!values.json && chosen.length < all.length && chosen.length === wanted.count)
    tell('ls', `the newest ${wanted.count}: -n 0 shows all`);
  if (!values.follow) return;
  for await (const report of followDirectory(directory, reports)) {
    if (chooseReports([report], wanted).length > 0) process.stdout.write(show([report], false));
  }
}

function tellNothing(stored: number, directory: string): string {
  if (stored === 0) return `no reports in ${directory}\n`;
  return stored === 1
    ? `the only report in ${directory} is not like that\n`
    : `none of the ${stored} reports in ${directory} is like that\n`;
}

function toLine(report: StoredReport): object {
  const { sections: _, ...about } = report;
  const sections = listSections(report).map(({ name }) => name);
  return { ...about, complete: isComplete(report), supplements: countSupplements(report), sections };
}
