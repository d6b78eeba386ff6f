import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDirectory } from '../collector/directory.js';
import { isComplete, joinText, listParts, listSections, type StoredReport } from '../collector/reports.js';
import { escapeControls, escapeJson } from '../views/escape.js';
import { readFrom } from './from.js';
import { readList, readReport } from './read.js';
import { CommandError, readName, UsageError } from './usage.js';

export const HELP = `gmr show [ID] [--dir DIR | --from FILE] [--json]

One report as its process printed it: the newest, or the one whose id begins with ID (4 digits or more).

  --dir DIR    ${defaultDirectory()}
  --from FILE  log records from elsewhere, - for stdin: Loki's answer to a query, what logcli prints with
               --output=jsonl, or OTLP JSON
  --json       its sections as structure
`;

const MAX_IDS_TOLD = 5;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      from: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.dir !== undefined && values.from !== undefined) throw new UsageError('expected --dir or --from, got both');
  const prefix = readPrefix(positionals);
  const report = await find(values, prefix);
  if (values.json) process.stdout.write(`${escapeJson(JSON.stringify(toStructure(report), undefined, 2))}\n`);
  // It came over the network: what could drive a terminal is shown, not obeyed.
  else process.stdout.write(escapeControls(joinText(report), { keepLines: true }));
  if (!isComplete(report))
    process.stderr.write('gmr: this report is not complete: some of its records have not come\n');
}

async function find(values: { dir?: string; from?: string }, prefix: string | undefined): Promise<StoredReport> {
  if (values.from !== undefined) {
    const path = readName('--from', values.from);
    const reports = await readFrom(path);
    const id = chooseId(reports, prefix, path);
    return reports.find((report) => report.id === id) as StoredReport;
  }
  const directory = resolve(readName('--dir', values.dir ?? defaultDirectory()));
  return readReport(directory, chooseId(await readList(directory), prefix, directory));
}

function readPrefix(positionals: readonly string[]): string | undefined {
  const [given, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`expected one report id, got ${positionals.join(' ')}`);
  const prefix = given?.toLowerCase();
  if (prefix !== undefined && !/^[0-9a-f]{4,32}$/.test(prefix))
    throw new UsageError(`${given} is no report id: expected 4 to 32 hexadecimal digits`);
  return prefix;
}

function chooseId(reports: readonly StoredReport[], prefix: string | undefined, place: string): string {
  const found = prefix === undefined ? reports.slice(-1) : reports.filter(({ id }) => id.startsWith(prefix));
  const [report] = found;
  if (!report)
    throw new CommandError(prefix ? `no report ${prefix} in ${place}: see gmr ls` : `no reports in ${place}`);
  if (found.length === 1) return report.id;
  const ids = found.slice(0, MAX_IDS_TOLD).map(({ id }) => id);
  const rest = found.length > ids.length ? ', …' : '';
  throw new CommandError(`${prefix} fits ${found.length} reports: ${ids.join(', ')}${rest}`);
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
