import type { StoredRecord } from '../collector/otlp.js';
import { type Renderers, toLogRecords } from '../export/wire/logs.js';
import type { PlainSection, Report, Section, Value } from '../report.js';
import { renderHeader, renderSection } from '../views/text.js';

/** A line of a report that was printed as JSON, as `views/json.ts` writes it. */
export interface PrintedLine {
  readonly 'gmr.report.id': string;
  readonly 'gmr.section.name': string;
  readonly 'gmr.section.index': number;
  readonly [key: string]: unknown;
}

export function isPrintedLine(value: unknown): value is PrintedLine {
  if (typeof value !== 'object' || value === null) return false;
  const line = value as { readonly [key: string]: unknown };
  return (
    /^[0-9a-f]{32}$/.test(String(line['gmr.report.id'])) &&
    typeof line['gmr.section.name'] === 'string' &&
    Number.isSafeInteger(line['gmr.section.index'])
  );
}

/** The log records that would have been sent for these lines. Each report's text is made again from its data. */
export function toPrintedRecords(lines: readonly PrintedLine[]): StoredRecord[] {
  const byReport = new Map<string, PrintedLine[]>();
  for (const line of lines) {
    const known = byReport.get(line['gmr.report.id']);
    if (known) known.push(line);
    else byReport.set(line['gmr.report.id'], [line]);
  }
  return [...byReport.values()].flatMap(toRecordsOfReport);
}

/** Keys of a printed line that are not facts of its section. */
const COMMON =
  /^(?:level|time|msg|service\.name|gmr\.report\.(?:id|trigger)|gmr\.section\.\w+|gmr\.verdict|error|text|data)$/;

function toRecordsOfReport(lines: readonly PrintedLine[]): StoredRecord[] {
  const byIndex = new Map(lines.map((line) => [line['gmr.section.index'], line]));
  const head = byIndex.get(0);
  const sections: PrintedLine[] = [];
  for (let next = byIndex.get(1); head && next; next = byIndex.get(sections.length + 1)) sections.push(next);
  const rest = [...byIndex.values()].filter((line) => line !== head && !sections.includes(line));
  const header = readMap(head?.data);
  return [
    ...(head ? toRecords(head, header, sections) : []),
    // Supplements, and sections that came without those before them: each at its own place.
    ...rest.flatMap((line) => toRecords(line, header, [line], line['gmr.section.index'])),
  ];
}

function toRecords(
  line: PrintedLine,
  header: { readonly [key: string]: unknown },
  sections: readonly PrintedLine[],
  index?: number,
): StoredRecord[] {
  const count = Number(line['gmr.section.count']) || 0;
  const timeMs = Date.parse(String(line.time)) || 0;
  const report = {
    id: line['gmr.report.id'],
    timeMs,
    trigger: { kind: String(line['gmr.report.trigger']) },
    header,
    sections: sections.map((section) => toSection(section, timeMs)),
    ...(index === undefined ? {} : { supplement: { number: index - count + 1, count } }),
  } as unknown as Report;
  const resource = new Map<string, unknown>([
    ['service.name', line['service.name']],
    ['host.name', header.host],
    ['process.pid', header.process],
  ]);
  return toLogRecords(report, CAREFUL).map(({ attributes, body }) => ({
    timeMs,
    resource,
    // The report's own count: some of its lines may be missing here.
    attributes: new Map(Object.entries({ ...attributes, 'gmr.section.count': count })),
    readBody: () => body,
  }));
}

function toSection(line: PrintedLine, timeMs: number): PlainSection {
  const facts = Object.fromEntries(Object.entries(line).filter(([key]) => !COMMON.test(key)));
  const [status, text, error] = [line['gmr.section.status'], line.text, line.error];
  return {
    name: line['gmr.section.name'],
    title: String(line['gmr.section.title'] ?? ''),
    status: status === 'failed' || status === 'timed_out' ? status : 'ok',
    spanId: '',
    startMs: timeMs,
    endMs: timeMs,
    data: (line.data ?? null) as Value,
    ...(typeof text === 'string' ? { text } : {}),
    ...(typeof error === 'string' ? { error } : {}),
    facts: facts as PlainSection['facts'] & object,
  };
}

/** The data may have any shape. If it cannot be rendered, the record has no text. */
const CAREFUL: Renderers = {
  renderHeader: (report) => orNothing(() => renderHeader(report)),
  renderSection: (section: Section, view) => orNothing(() => renderSection(section, view)),
};

function orNothing(render: () => string): string {
  try {
    return render();
  } catch {
    return '';
  }
}

function readMap(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
