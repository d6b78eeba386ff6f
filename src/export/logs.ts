import { createHash } from 'node:crypto';
import type { Report, Section, Value, ValueMap } from '../report.js';
import { renderHeader, renderSection } from '../views/text.js';
import { type Body, splitBody } from './parts.js';

/** One log record, in OpenTelemetry's terms and yet without any of its packages. */
export interface SectionRecord {
  readonly eventName: string;
  /** Seconds and nanoseconds since the epoch: the section's index counts as nanoseconds, which keeps their order. */
  readonly time: [number, number];
  readonly severityNumber: number;
  readonly severityText: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly body: Body;
  readonly attributes: { readonly [name: string]: string | number | boolean };
}

/** Changed whenever an attribute's name or meaning does. */
export const SCHEMA_VERSION = '1.0.0';

const INFO = { severityNumber: 9, severityText: 'INFO' };
const WARN = { severityNumber: 13, severityText: 'WARN' };

/** The header's record and one a section; a section too large for one record becomes several, numbered. */
export function toLogRecords(report: Report): readonly SectionRecord[] {
  const header: Section = {
    name: 'report',
    title: 'Guru Meditation',
    status: 'ok',
    spanId: rootSpanId(report.id),
    startMs: report.timeMs,
    endMs: report.timeMs,
    data: { report: report.id, time: new Date(report.timeMs).toISOString(), ...toMap(report.header) },
    facts: {
      'gmr.main.state': report.header.main,
      ...(report.trigger.kind === 'signal' ? { 'gmr.report.signal': report.trigger.signal } : {}),
    },
  };
  const count = report.sections.length + 1;
  return [header, ...report.sections].flatMap((section, index) => {
    const text = index === 0 ? renderHeader(report) : renderSection(section);
    // A section that brought only a text has no structure to send.
    const body = section.data === null ? { text } : { text, data: makeSendable(section.data) };
    const parts = splitBody(body);
    return parts.map((part, n) => toRecord(report, section, { index, count, part: n + 1, parts: parts.length }, part));
  });
}

/** The span of the report as a whole. */
export function rootSpanId(reportId: string): string {
  return createHash('sha256').update(`${reportId}:root`).digest('hex').slice(0, 16);
}

function toRecord(
  report: Report,
  section: Section,
  place: { index: number; count: number; part: number; parts: number },
  body: Body,
): SectionRecord {
  const { index, count, part, parts } = place;
  const isCustom = section.name.startsWith('custom.');
  return {
    eventName: isCustom ? 'gmr.custom' : `gmr.${section.name}`,
    time: toTime(report.timeMs, index),
    ...(section.status === 'ok' || section.status === 'skipped' ? INFO : WARN),
    traceId: report.id,
    spanId: section.spanId,
    body,
    attributes: {
      'gmr.schema.version': SCHEMA_VERSION,
      'gmr.report.id': report.id,
      'gmr.report.trigger': report.trigger.kind,
      'gmr.section.name': section.name,
      'gmr.section.title': section.title,
      'gmr.section.index': index,
      'gmr.section.count': count,
      'gmr.section.status': section.status,
      ...(parts > 1 ? { 'gmr.section.part': part, 'gmr.section.parts': parts } : {}),
      ...section.facts,
      // The same for the same record sent twice, so that a backend can tell.
      'log.record.uid': createHash('sha256').update(`${report.id}:${index}:${part}`).digest('hex').slice(0, 32),
    },
  };
}

function toTime(timeMs: number, nanoseconds: number): [number, number] {
  const seconds = Math.floor(timeMs / 1000);
  return [seconds, (timeMs - seconds * 1000) * 1_000_000 + nanoseconds];
}

/** What the encoder turns into numbers no collector reads, which would refuse the whole request: as text. */
function makeSendable(value: Value): Value {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? String(value) : value;
  if (Array.isArray(value)) return value.map(makeSendable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, makeSendable(item as Value)]));
}

function toMap(header: Report['header']): ValueMap {
  return { ...header };
}
