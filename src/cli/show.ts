import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { toCompared } from '../collector/compared.js';
import { defaultDirectory } from '../collector/directory.js';
import { printJson, printStored } from '../collector/print.js';
import { isComplete, listSections, type StoredReport } from '../collector/reports.js';
import { renderComparison } from '../views/comparison.js';
import { readReportsFrom } from './record-file.js';
import { openReportDirectory, readReport } from './report-directory.js';
import { isIdStart, listByIdStart } from './report-id.js';
import { pageReportText } from './report-text.js';
import { CommandError, readName, UsageError } from './usage.js';

export const HELP = `gmr show [ID] [SECTION…] [--dir DIR | --from FILE] [--short | --full | --json]
gmr show --diff [ID [ID]]

One report as its process printed it: the newest, or the one whose id begins with ID (at least 4 digits). With names of
sections, these alone: threads, green_threads, in_flight, configuration, …

  --diff       two reports beside each other: those of both ids; or one and the one before it of the same process
  --dir DIR    ${defaultDirectory()}
  --from FILE  log records from another place, - for stdin: Loki's answer to a query, the output of
               logcli --output=jsonl, OTLP JSON, or reports that were printed as JSON (gmr dump --json)
  --short      the header, main's stack, suspended functions and work in flight only
  --full       each thread, request, socket and setting, and all frames with whole paths
  --json       the sections as data

On a terminal a report that is longer than the screen goes through the program that PAGER names, if it is set.
`;

const MAX_IDS_SHOWN = 5;

export const OPTIONS = {
  diff: { type: 'boolean', default: false },
  dir: { type: 'string' },
  from: { type: 'string' },
  json: { type: 'boolean', default: false },
  short: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
} as const;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  if (values.dir !== undefined && values.from !== undefined) throw new UsageError('expected --dir or --from, got both');
  const [detail = 'text', ...others] = (['short', 'full', 'json', 'diff'] as const).filter((name) => values[name]);
  if (others.length > 0) throw new UsageError('expected one of --short, --full, --json and --diff');
  if (detail === 'diff') checkIds(positionals);
  const place = await openPlace(values);
  if (detail === 'diff') return pageReportText(await compare(place, positionals));
  const first = positionals[0]?.toLowerCase() ?? '';
  // A section may have a name of such digits: `Feed`.
  const isId = isIdStart(first) && (/\d/.test(first) || listByIdStart(place.reports, first).length > 0);
  const report = await place.load(chooseId(place.reports, isId ? first : undefined, place.name));
  const names = (isId ? positionals.slice(1) : positionals).map((name) => findSection(report, name));
  if (detail === 'json') process.stdout.write(printJson(report, names));
  // The report came over the network.
  else pageReportText(printStored(report, detail, names));
  if (!isComplete(report)) process.stderr.write('gmr: this report is not complete: some of its records are missing\n');
}

/** The reports of a directory or a file, without the texts of their sections. */
interface Place {
  readonly name: string;
  readonly reports: readonly StoredReport[];
  /** With its sections. */
  readonly load: (id: string) => Promise<StoredReport>;
}

async function openPlace(values: { dir?: string; from?: string }): Promise<Place> {
  if (values.from !== undefined) {
    const name = readName('--from', values.from);
    const reports = await readReportsFrom('--from', name);
    return { name, reports, load: async (id) => reports.find((report) => report.id === id) as StoredReport };
  }
  const name = resolve(readName('--dir', values.dir ?? defaultDirectory()));
  const directory = await openReportDirectory(name);
  return { name, reports: directory.list(), load: (id) => readReport(name, directory, id) };
}

function checkIds(ids: readonly string[]): void {
  const wrong = ids.find((id) => !isIdStart(id));
  if (wrong !== undefined) throw new UsageError(`${wrong} is not a report id: expected 4 to 32 hexadecimal digits`);
  if (ids.length > 2) throw new UsageError(`expected one or two report ids, got ${ids.join(' ')}`);
}

async function compare({ name, reports, load }: Place, ids: readonly string[]): Promise<string> {
  const last = chooseId(reports, ids.at(-1)?.toLowerCase(), name);
  const first = ids.length === 2 ? chooseId(reports, ids[0]?.toLowerCase(), name) : findBefore(reports, last);
  const [before, after] = await Promise.all([load(first), load(last)]);
  return renderComparison(toCompared(before), toCompared(after));
}

/** The id of the report before this one, of the same process. */
function findBefore(reports: readonly StoredReport[], id: string): string {
  const index = reports.findIndex((report) => report.id === id);
  const report = reports[index];
  const before = reports
    .slice(0, index)
    .findLast(({ host, process }) => host === report?.host && process === report.process);
  if (before) return before.id;
  throw new CommandError(`there is no report before ${id} of its process: gmr show --diff ID ID compares any two`);
}

/** By its name or its title. */
function findSection(report: StoredReport, name: string): string {
  const wanted = name.toLowerCase().replace(/[ -]/g, '_');
  const sections = listSections(report);
  const found = sections.find((one) => [one.name, one.title.toLowerCase().replaceAll(' ', '_')].includes(wanted));
  if (found) return found.name;
  const known = [...new Set(sections.map((section) => section.name))].join(', ');
  throw new UsageError(`${name} is neither a report id nor a section of ${report.id}: it has ${known}`);
}

/** @param start of the id; undefined for the newest report */
function chooseId(reports: readonly StoredReport[], start: string | undefined, place: string): string {
  const found = start === undefined ? reports.slice(-1) : listByIdStart(reports, start);
  const [report] = found;
  if (!report) throw new CommandError(start ? `no report ${start} in ${place}: see gmr ls` : `no reports in ${place}`);
  if (found.length === 1) return report.id;
  const ids = found.slice(0, MAX_IDS_SHOWN).map(({ id }) => id);
  const rest = found.length > ids.length ? ', …' : '';
  throw new CommandError(`${start} matches ${found.length} reports: ${ids.join(', ')}${rest}`);
}
