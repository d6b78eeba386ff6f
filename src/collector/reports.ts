import type { StoredRecord } from './otlp.js';

/** A report as its records tell of it, whole or not yet. */
export interface StoredReport {
  readonly id: string;
  /** ISO 8601; from the header, empty until that has come. */
  time: string;
  service: string;
  host: string;
  process: string;
  trigger: string;
  main: string;
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
  readonly bodies: Map<number, { readonly text?: string; readonly data?: unknown }>;
}

/** Puts one record where it belongs; false when it is none of a report's, or came before. */
export function addRecord(reports: Map<string, StoredReport>, record: StoredRecord): StoredReport | undefined {
  const { attributes, resource, body } = record;
  const id = attributes.get('gmr.report.id');
  const index = attributes.get('gmr.section.index');
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id) || !isCount(index)) return undefined;
  const report = reports.get(id) ?? createReport(id, resource);
  reports.set(id, report);
  const count = attributes.get('gmr.section.count');
  if (isCount(count)) report.count = count;
  const part = attributes.get('gmr.section.part') ?? 1;
  const parts = attributes.get('gmr.section.parts') ?? 1;
  const section = report.sections.get(index) ?? {
    name: asText(attributes.get('gmr.section.name')),
    title: asText(attributes.get('gmr.section.title')),
    status: asText(attributes.get('gmr.section.status')),
    parts: isCount(parts) ? parts : 1,
    bodies: new Map(),
  };
  report.sections.set(index, section);
  if (!isCount(part) || section.bodies.has(part)) return undefined;
  section.bodies.set(part, readBody(body));
  report.records += 1;
  if (section.name === 'report') readHeader(report, section.bodies.get(part)?.data);
  return report;
}

/** Whether every section, and every part of it, has come. */
export function isComplete(report: StoredReport): boolean {
  if (report.count === 0 || report.sections.size < report.count) return false;
  return [...report.sections.values()].every((section) => section.bodies.size >= section.parts);
}

/** The report as its process printed it, its sections in order. */
export function joinText(report: StoredReport): string {
  return inOrder(report.sections)
    .flatMap((section) => inOrder(section.bodies))
    .map((body) => body.text ?? '')
    .join('');
}

export function inOrder<T>(map: ReadonlyMap<number, T>): T[] {
  return [...map].sort(([a], [b]) => a - b).map(([, value]) => value);
}

function createReport(id: string, resource: ReadonlyMap<string, unknown>): StoredReport {
  return {
    id,
    time: '',
    service: asText(resource.get('service.name')),
    host: asText(resource.get('host.name')),
    process: String(resource.get('process.pid') ?? ''),
    trigger: '',
    main: '',
    count: 0,
    records: 0,
    sections: new Map(),
  };
}

function readHeader(report: StoredReport, data: unknown): void {
  if (typeof data !== 'object' || data === null) return;
  const header = data as { [key: string]: unknown };
  for (const key of ['time', 'service', 'host', 'process', 'trigger', 'main'] as const) {
    const value = header[key];
    if (typeof value === 'string') report[key] = value;
  }
}

function readBody(body: unknown): { text?: string; data?: unknown } {
  if (typeof body === 'string') return { text: body };
  if (typeof body !== 'object' || body === null) return {};
  const { text, data } = body as { text?: unknown; data?: unknown };
  return { ...(typeof text === 'string' ? { text } : {}), ...(data === undefined ? {} : { data }) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 100_000;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
