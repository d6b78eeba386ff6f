import type { StoredRecord } from './otlp.js';

/** A report as its records tell of it, whole or not yet. */
export interface StoredReport {
  readonly id: string;
  /** ISO 8601; the header's, until that has come the first record's. */
  time: string;
  service: string;
  host: string;
  process: string;
  trigger: string;
  main: string;
  /** Main's innermost frame of the application: `file:line in function`. */
  top: string;
  /** The same for the same stack. */
  stackHash: string;
  /** Header and sections, as announced. */
  count: number;
  /** Records that came, each counted once. */
  records: number;
  readonly sections: Map<number, StoredSection>;
}

export interface StoredSection {
  readonly name: string;
  readonly title: string;
  readonly status: string;
  readonly parts: number;
  /** By the record's uid, so that one that came twice is known. */
  readonly bodies: Map<string, StoredBody>;
}

export interface StoredBody {
  readonly part: number;
  readonly text?: string;
  readonly data?: unknown;
}

/** Far beyond any report's; what claims more is not believed. */
const MAX_RECORDS = 10_000;
const MAX_CHARACTERS = 1000;
const MAX_UID_CHARACTERS = 128;

/**
 * Puts one record where it belongs; undefined when it is none of a report's, or came before.
 *
 * @param keepBodies false where nobody will read the sections: a few hundred bytes a record then stay.
 */
export function addRecord(
  reports: Map<string, StoredReport>,
  record: StoredRecord,
  keepBodies: boolean,
): StoredReport | undefined {
  const { attributes, body } = record;
  const id = attributes.get('gmr.report.id');
  const index = attributes.get('gmr.section.index');
  const part = attributes.get('gmr.section.part') ?? 1;
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id) || !isCount(index) || !isCount(part)) return undefined;
  const report = reports.get(id) ?? createReport(id, record);
  reports.set(id, report);
  if (report.records >= MAX_RECORDS) return undefined;
  const section = report.sections.get(index) ?? createSection(attributes);
  report.sections.set(index, section);
  const uid = readUid(attributes.get('log.record.uid')) ?? `${index}:${part}`;
  if (section.bodies.has(uid)) return undefined;
  const { text, data } = readBody(body);
  section.bodies.set(uid, keepBodies ? { part, text, data } : { part });
  report.records += 1;
  const count = attributes.get('gmr.section.count');
  if (isCount(count)) report.count = count;
  if (section.name === 'report') readHeader(report, data);
  if (section.name === 'threads') readStack(report, attributes);
  return report;
}

/** Whether every section, and every part of it, has come. */
export function isComplete({ count, sections }: StoredReport): boolean {
  for (let index = 0; index < count; index += 1) {
    const section = sections.get(index);
    if (!section || new Set([...section.bodies.values()].map(({ part }) => part)).size < section.parts) return false;
  }
  return count > 0;
}

/** Sections that came after the report itself: what a thread answered late. */
export function countSupplements({ count, sections }: StoredReport): number {
  return count > 0 ? [...sections.keys()].filter((index) => index >= count).length : 0;
}

/** How many records a report has, in words. */
export function describeSize(report: StoredReport): string {
  const supplements = countSupplements(report);
  const also = supplements === 0 ? '' : `, ${supplements === 1 ? '1 a supplement' : `${supplements} supplements`}`;
  return `${report.records} records${also}${isComplete(report) ? '' : ' (incomplete)'}`;
}

/** The sections in their order. */
export function listSections(report: StoredReport): StoredSection[] {
  return [...report.sections].sort(([a], [b]) => a - b).map(([, section]) => section);
}

/** A section's parts in their order. */
export function listParts(section: StoredSection): StoredBody[] {
  return [...section.bodies.values()].sort((a, b) => a.part - b.part);
}

/** The report as its process printed it. */
export function joinText(report: StoredReport): string {
  return listSections(report)
    .flatMap(listParts)
    .map((body) => body.text ?? '')
    .join('');
}

function createReport(id: string, { resource, attributes, timeMs }: StoredRecord): StoredReport {
  return {
    id,
    time: Number.isFinite(timeMs) && Math.abs(timeMs) < 8.64e15 ? new Date(timeMs).toISOString() : '',
    service: readText(resource.get('service.name')),
    host: readText(resource.get('host.name')),
    process: readPid(resource.get('process.pid')),
    trigger: readText(attributes.get('gmr.report.trigger')),
    main: readText(attributes.get('gmr.main.state')),
    top: '',
    stackHash: '',
    count: 0,
    records: 0,
    sections: new Map(),
  };
}

function createSection(attributes: ReadonlyMap<string, unknown>): StoredSection {
  const parts = attributes.get('gmr.section.parts');
  return {
    name: readText(attributes.get('gmr.section.name')),
    title: readText(attributes.get('gmr.section.title')),
    status: readText(attributes.get('gmr.section.status')),
    parts: isCount(parts) ? parts : 1,
    bodies: new Map(),
  };
}

function readHeader(report: StoredReport, data: unknown): void {
  if (typeof data !== 'object' || data === null) return;
  const header = data as { [key: string]: unknown };
  for (const key of ['service', 'host', 'process', 'trigger', 'main'] as const)
    report[key] = readText(header[key]) || report[key];
  const time = readText(header.time);
  if (!Number.isNaN(Date.parse(time))) report.time = time;
}

function readStack(report: StoredReport, attributes: ReadonlyMap<string, unknown>): void {
  const [name, file, line] = ['code.function.name', 'code.file.path', 'code.line.number'].map((key) =>
    attributes.get(key),
  );
  if (typeof name === 'string') report.top = readText(`${file ?? ''}${line ? `:${line}` : ''} in ${name}`);
  report.stackHash = readText(attributes.get('gmr.main.stack_hash')) || report.stackHash;
}

function readBody(body: unknown): { text: string; data: unknown } {
  if (typeof body === 'string') return { text: body, data: undefined };
  if (typeof body !== 'object' || body === null) return { text: '', data: undefined };
  const { text, data } = body as { text?: unknown; data?: unknown };
  return { text: typeof text === 'string' ? text : '', data };
}

function readUid(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_UID_CHARACTERS ? value : undefined;
}

function readPid(value: unknown): string {
  return typeof value === 'number' ? String(value) : readText(value);
}

function readText(value: unknown): string {
  if (typeof value !== 'string') return '';
  if (value.length <= MAX_CHARACTERS) return value;
  // A copy: a slice holds on to all that it was cut from.
  return `${Buffer.from(value.slice(0, MAX_CHARACTERS)).toString()}…`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RECORDS;
}
