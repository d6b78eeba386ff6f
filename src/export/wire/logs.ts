import { createHash } from 'node:crypto';
import type { PlainSection, Report, Section, SectionStatus } from '../../report.js';
import { tellVerdict } from '../../views/verdict.js';
import type { Attributes, LogRecordContent, Time } from './contents.js';
import { listMarks, type Mark } from './in-flight.js';
import { splitSection } from './parts.js';
import { cut, makePlain } from './plain.js';

/** Version of the names and shapes on the wire. */
const SCHEMA_VERSION = '1.0.0';

/** With our own attributes a record has at most 60, of less than 32 KB in all: Loki refuses a line with more than it allows. */
const MAX_FACTS = 30;
/** A supplement's place in the report, in nanoseconds: behind as many records as any report has. */
const SUPPLEMENT_PLACE = 100_000;
/** More than a supplement has records. */
const SUPPLEMENT_RECORDS = 1000;

/** How sections and header look on stderr; see `views/text.ts`. */
export interface Renderers {
  readonly renderHeader: (report: Report) => string;
  readonly renderSection: (section: Section, view: { readonly root?: string | undefined }) => string;
}

/**
 * The header's record, then a record for each section, or several for a large one. Pure: the same report makes the same
 * records, so that a backend can tell a record that came twice.
 */
export function toLogRecords(report: Report, renderers: Renderers): readonly LogRecordContent[] {
  const { supplement } = report;
  const count = supplement?.count ?? report.sections.length + 1;
  const first = supplement ? SUPPLEMENT_PLACE + supplement.number * SUPPLEMENT_RECORDS : 0;
  const { marks, leftOut } = listMarks(report);
  const header = supplement ? [] : [describeHeader(report, leftOut, renderers)];
  const contents = [...header, ...describeSections(report, renderers)].flatMap(({ section, text, index }) =>
    splitSection(section, text).map((part) => ({ section, part, index })),
  );
  const records = contents.map(
    ({ section, part, index }, position): LogRecordContent => ({
      eventName: section.name.startsWith('custom.') ? 'gmr.custom' : `gmr.${section.name}`,
      timestamp: toHrTime(report.timeMs, first + position),
      ...toSeverity(report.trigger.kind, section.status),
      body: part.data === undefined ? { text: part.text } : { text: part.text, data: part.data },
      attributes: {
        ...pickFacts(section),
        ...describeReport(report),
        ...describeSection(section, index),
        'gmr.section.count': count,
        ...(part.parts === 1 ? {} : { 'gmr.section.part': part.part, 'gmr.section.parts': part.parts }),
        'log.record.uid': makeId(`${report.id}:${index}:${section.name}:${part.part}`, 32),
      },
      traceId: report.id,
      spanId: section.spanId,
    }),
  );
  return [...records, ...marks.map((mark, n) => describeMark(report, mark, first + records.length + n))];
}

/** The span of the report as a whole. */
export function rootSpanId(reportId: string): string {
  return makeId(`${reportId}:root`, 16);
}

/** Attributes of every record and span. */
export function describeReport({ id, trigger }: Report): Attributes {
  return { 'gmr.schema.version': SCHEMA_VERSION, 'gmr.report.id': id, 'gmr.report.trigger': trigger.kind };
}

/** Attributes of a section's records, and of its span. */
export function describeSection({ name, title, status, error }: PlainSection, index: number): Attributes {
  return {
    'gmr.section.name': cut(name),
    'gmr.section.title': cut(title),
    'gmr.section.index': index,
    'gmr.section.status': status,
    ...(error === undefined ? {} : { 'gmr.section.error': cut(error) }),
  };
}

/** Attributes of the header's record, and of the root span. */
export function describeMain({ header, trigger }: Report): Attributes {
  return {
    'gmr.main.state': header.main,
    ...(header.mainForMs === undefined ? {} : { 'gmr.main.for_ms': Math.round(header.mainForMs) }),
    'gmr.verdict': cut(tellVerdict(header)),
    ...(trigger.kind === 'signal' ? { 'gmr.report.signal': trigger.signal } : {}),
  };
}

/** Sections whose facts are the report's, too: a search finds the header's record and the root span by them. */
const TELLING: readonly string[] = ['threads', 'green_threads', 'in_flight', 'crash'];

/** Attributes by which a report is found, of the header's record and of the root span. */
export function describeAnswer({ sections }: Report): Attributes {
  return Object.assign({}, ...sections.filter(({ name }) => TELLING.includes(name)).map(pickFacts));
}

/** A mark has no index: a report is complete without it. */
function describeMark(report: Report, mark: Mark, position: number): LogRecordContent {
  const { traceId, spanId, text, attributes } = mark;
  return {
    eventName: 'gmr.report.mark',
    timestamp: toHrTime(report.timeMs, position),
    ...toSeverity(report.trigger.kind, 'ok'),
    body: { text },
    attributes: {
      ...pickFacts({ facts: attributes }),
      ...describeReport(report),
      'gmr.section.name': 'report.mark',
      'log.record.uid': makeId(`${report.id}:mark:${traceId}:${spanId}`, 32),
    },
    traceId,
    spanId,
  };
}

interface Content {
  readonly section: PlainSection;
  readonly text: string;
  readonly index: number;
}

function describeHeader(report: Report, marksLeftOut: number, { renderHeader }: Renderers): Content {
  const { id, timeMs, header } = report;
  const section: PlainSection = {
    name: 'report',
    title: 'Guru Meditation',
    status: 'ok',
    spanId: rootSpanId(id),
    startMs: timeMs,
    endMs: timeMs,
    data: makePlain({ report: id, time: new Date(timeMs).toISOString(), ...header }),
    facts: {
      ...describeAnswer(report),
      ...describeMain(report),
      ...(marksLeftOut === 0 ? {} : { 'gmr.report.marks_left_out': marksLeftOut }),
    },
  };
  return { section, text: renderHeader(report).toWellFormed(), index: 0 };
}

function describeSections(report: Report, { renderSection }: Renderers): readonly Content[] {
  const { supplement } = report;
  const first = supplement ? supplement.count + supplement.number - 1 : 1;
  return report.sections.map((section, index) => ({
    section: { ...section, data: makePlain(section.data) },
    text: renderSection(section, report.header).toWellFormed(),
    index: first + index,
  }));
}

/** Each record a nanosecond after the one before it: some backends know no other order. */
export function toHrTime(timeMs: number, position: number): Time {
  const ms = Math.floor(timeMs);
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000 + position];
}

function toSeverity(
  trigger: Report['trigger']['kind'],
  status: SectionStatus,
): Pick<LogRecordContent, 'severityNumber' | 'severityText'> {
  if (trigger === 'crash') return { severityNumber: 21, severityText: 'FATAL' };
  return status === 'ok' ? { severityNumber: 9, severityText: 'INFO' } : { severityNumber: 13, severityText: 'WARN' };
}

export function pickFacts({ facts = {} }: Pick<PlainSection, 'facts'>): Attributes {
  const plain = Object.entries(facts)
    .filter(([name]) => name !== '')
    .slice(0, MAX_FACTS)
    .map(([name, fact]): [string, string | number | boolean] => {
      const value = makePlain(fact);
      return [cut(name), typeof value === 'number' || typeof value === 'boolean' ? value : cut(String(value))];
    });
  return Object.fromEntries(plain);
}

export function makeId(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
