import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDirectory } from '../collector/directory.js';
import { countSupplements, describeSize, isComplete, listSections, type StoredReport } from '../collector/reports.js';
import { escapeJson } from '../views/escape.js';
import { renderTable } from '../views/table.js';
import { readReportList } from './report-directory.js';
import { readName } from './usage.js';

export const HELP = `gmr ls [--dir DIR] [--json]

The reports that a collector has stored, newest last.

  --dir DIR   ${defaultDirectory()}
  --json      one JSON object a line
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { dir: { type: 'string', default: defaultDirectory() }, json: { type: 'boolean', default: false } },
  });
  const directory = resolve(readName('--dir', values.dir));
  const reports = await readReportList(directory);
  if (values.json)
    process.stdout.write(reports.map((report) => `${escapeJson(JSON.stringify(toLine(report)))}\n`).join(''));
  else if (reports.length === 0) process.stdout.write(`no reports in ${directory}\n`);
  else process.stdout.write(renderTable(reports.map(toRow)));
}

function toRow(report: StoredReport): string[] {
  const { id, time, service, host, process: pid, trigger, verdict, main } = report;
  return [id, time, `${service}@${host}`, `pid ${pid}`, trigger, verdict || main, describeSize(report)];
}

function toLine(report: StoredReport): object {
  const { sections: _, ...about } = report;
  const sections = listSections(report).map(({ name }) => name);
  return { ...about, complete: isComplete(report), supplements: countSupplements(report), sections };
}
