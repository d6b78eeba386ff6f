import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDirectory } from '../collector/directory.js';
import { printStored } from '../collector/print.js';
import { isComplete, listParts, listSections, type StoredReport } from '../collector/reports.js';
import { escapeJson } from '../views/escape.js';
import { readReportsFrom } from './record-file.js';
import { readReport, readReportList } from './report-directory.js';
import { writeReportText } from './report-text.js';
import { CommandError, readName, UsageError } from './usage.js';

export const HELP = `gmr show [ID] [--dir DIR | --from FILE] [--short | --full | --json]

One report as its process printed it: the newest, or the one whose id begins with ID (at least 4 digits).

  --dir DIR    ${defaultDirectory()}
  --from FILE  log records from another place, - for stdin: Loki's answer to a query, the output of
               logcli --output=jsonl, or OTLP JSON
  --short      the header, main's stack, suspended functions and work in flight only
  --full       each thread, request, socket and setting, and all frames with whole paths
  --json       the sections as data
`;

const MAX_IDS_SHOWN = 5;

export const OPTIONS = {
  dir: { type: 'string' },
  from: { type: 'string' },
  json: { type: 'boolean', default: false },
  short: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
} as const;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  if (values.dir !== undefined && values.from !== undefined) throw new UsageError('expected --dir or --from, got both');
  const [detail = 'text', ...others] = (['short', 'full', 'json'] as const).filter((name) => values[name]);
  if (others.length > 0) throw new UsageError('expected one of --short, --full and --json');
  const prefix = readPrefix(positionals);
  const report = await find(values, prefix);
  if (detail === 'json') process.stdout.write(`${escapeJson(JSON.stringify(toStructure(report), undefined, 2))}\n`);
  // It came over the network.
  else writeReportText(printStored(report, detail));
  if (!isComplete(report)) process.stderr.write('gmr: this report is not complete: some of its records are missing\n');
}

async function find(values: { dir?: string; from?: string }, prefix: string | undefined): Promise<StoredReport> {
  if (values.from !== undefined) {
    const path = readName('--from', values.from);
    const reports = await readReportsFrom(path);
    const id = chooseId(reports, prefix, path);
    return reports.find((report) => report.id === id) as StoredReport;
  }
  const directory = resolve(readName('--dir', values.dir ?? defaultDirectory()));
  return readReport(directory, chooseId(await readReportList(directory), prefix, directory));
}

function readPrefix(positionals: readonly string[]): string | undefined {
  const [given, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`expected one report id, got ${positionals.join(' ')}`);
  const prefix = given?.toLowerCase();
  if (prefix !== undefined && !/^[0-9a-f]{4,32}$/.test(prefix))
    throw new UsageError(`${given} is not a report id: expected 4 to 32 hexadecimal digits`);
  return prefix;
}

function chooseId(reports: readonly StoredReport[], prefix: string | undefined, place: string): string {
  const found = prefix === undefined ? reports.slice(-1) : reports.filter(({ id }) => id.startsWith(prefix));
  const [report] = found;
  if (!report)
    throw new CommandError(prefix ? `no report ${prefix} in ${place}: see gmr ls` : `no reports in ${place}`);
  if (found.length === 1) return report.id;
  const ids = found.slice(0, MAX_IDS_SHOWN).map(({ id }) => id);
  const rest = found.length > ids.length ? ', …' : '';
  throw new CommandError(`${prefix} matches ${found.length} reports: ${ids.join(', ')}${rest}`);
}

function toStructure(report: StoredReport): object {
  const { sections: _, ...about } = report;
  const sections = listSections(report).map((section) => {
    const parts = listParts(section);
    const text = parts.map((part) => part.text ?? '').join('');
    const { name, title, status } = section;
    return { name, title, status, text, data: parts.map(({ data }) => data) };
  });
  return { ...about, complete: isComplete(report), sections };
}
