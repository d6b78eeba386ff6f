import { showCount } from '../views/view.js';
import { toTime } from './iso-time.js';
import type { StoredRecord } from './otlp.js';

/** A report, made of the records that have arrived. */
export interface StoredReport {
  readonly id: string;
  /** ISO 8601: the header's time; until the header has come, the first record's. */
  time: string;
  service: string;
  host: string;
  process: string;
  trigger: string;
  main: string;
  /** The answer in one line, `running JavaScript for 1.7 s at checkout.mjs:14 in applyVoucher`; main's state if there is no verdict. */
  verdict: string;
  /** Main's innermost frame of the application: `file:line in function`. */
  top: string;
  /** Equal for equal stacks. */
  stackHash: string;
  /** The place where most of its suspended functions wait, `loadCart cart.mjs:9`, and the hash of that function. */
  suspendedPlace: string;
  suspendedHash: string;
  /** The request that main's code runs in: `POST /checkout`. */
  request: string;
  /** Of a crash: `TypeError: x is not a function`. */
  thrown: string;
  /** The number of sections, with the header, that the report says it has. */
  count: number;
  /** The number of records that came; duplicates are not counted. */
  records: number;
  readonly sections: Map<number, StoredSection>;
}

export interface StoredSection {
  readonly name: string;
  readonly title: string;
  readonly status: string;
  readonly parts: number;
  /** By the record's uid, to deduplicate. */
  readonly bodies: Map<string, StoredBody>;
}

export interface StoredBody {
  readonly part: number;
  readonly text?: string;
  readonly data?: unknown;
}

/** Far more than any report has. */
const MAX_RECORDS = 10_000;
const MAX_CHARACTERS = 1000;
const MAX_UID_CHARACTERS = 128;

/**
 * Adds one record to its report.
 *
 * @param keepBodies false if no section will be read: a record then takes a few hundred bytes
 * @returns the report; undefined if the record belongs to no report, or is a duplicate
 */
export function addRecord(
  reports: Map<string, StoredReport>,
  record: StoredRecord,
  keepBodies: boolean,
): StoredReport | undefined {
  const { attributes } = record;
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
  const { text, data } = keepBodies || section.name === 'report' ? readBody(record.readBody()) : NO_BODY;
  section.bodies.set(uid, keepBodies ? { part, text, data } : { part });
  report.records += 1;
  const count = attributes.get('gmr.section.count');
  if (isCount(count)) report.count = count;
  if (section.name === 'report') {
    readHeader(report, data);
    report.verdict = readText(attributes.get('gmr.verdict')).replace(/^main /, '') || report.main;
    readAnswer(report, attributes);
  }
  if (section.name === 'threads' || section.name === 'report') readStack(report, attributes, index >= report.count);
  return report;
}

/** Whether all parts of all sections have come. */
export function isComplete({ count, sections }: StoredReport): boolean {
  for (let index = 0; index < count; index += 1) {
    const section = sections.get(index);
    if (!section || new Set([...section.bodies.values()].map(({ part }) => part)).size < section.parts) return false;
  }
  return count > 0;
}

/** The number of sections that were added after the report was made, by threads that answered late. */
export function countSupplements({ count, sections }: StoredReport): number {
  return count > 0 ? [...sections.keys()].filter((index) => index >= count).length : 0;
}

/** How many records a report has, in words. */
export function describeSize(report: StoredReport): string {
  const supplements = countSupplements(report);
  const also = supplements === 0 ? '' : `, ${supplements === 1 ? '1 a supplement' : `${supplements} supplements`}`;
  return `${showCount(report.records, 'record')}${also}${isComplete(report) ? '' : ' (incomplete)'}`;
}

/** The sections in order. */
export function listSections(report: StoredReport): StoredSection[] {
  return [...report.sections].sort(([a], [b]) => a - b).map(([, section]) => section);
}

/** The parts of a section in order. */
export function listParts(section: StoredSection): StoredBody[] {
  return [...section.bodies.values()].sort((a, b) => a.part - b.part);
}

/** A section as its process printed it. */
export function joinText(section: StoredSection): string {
  return listParts(section)
    .map(({ text }) => text ?? '')
    .join('');
}

function createReport(id: string, { resource, attributes, timeMs }: StoredRecord): StoredReport {
  return {
    id,
    time: toTime(timeMs),
    service: readText(resource.get('service.name')),
    host: readText(resource.get('host.name')),
    process: readPid(resource.get('process.pid')),
    trigger: readText(attributes.get('gmr.report.trigger')),
    main: readText(attributes.get('gmr.main.state')),
    verdict: '',
    top: '',
    stackHash: '',
    suspendedPlace: '',
    suspendedHash: '',
    request: '',
    thrown: '',
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

/** @param isLate of a supplement: main's stack at a later time, which stands for the report's only if that has none */
function readStack(report: StoredReport, attributes: ReadonlyMap<string, unknown>, isLate: boolean): void {
  const [name, file, line] = ['code.function.name', 'code.file.path', 'code.line.number'].map((key) =>
    attributes.get(key),
  );
  const top = typeof name === 'string' ? readText(`${file ?? ''}${line ? `:${line}` : ''} in ${name}`) : '';
  const hash = readText(attributes.get('gmr.main.stack_hash'));
  report.top = isLate ? report.top || top : top || report.top;
  report.stackHash = isLate ? report.stackHash || hash : hash || report.stackHash;
}

function readAnswer(report: StoredReport, attributes: ReadonlyMap<string, unknown>): void {
  const read = (name: string) => readText(attributes.get(name));
  report.suspendedPlace = read('gmr.suspended.place');
  report.suspendedHash = read('gmr.suspended.hash');
  report.request = read('gmr.main.request');
  report.thrown = [read('exception.type'), read('exception.message')].filter(Boolean).join(': ');
}

const NO_BODY = { text: '', data: undefined };

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
  // A copy: a slice keeps the whole string in memory.
  return `${Buffer.from(value.slice(0, MAX_CHARACTERS)).toString()}…`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RECORDS;
}
