import type { Row } from './index-file.js';
import { toTime } from './iso-time.js';
import { readRecords } from './otlp.js';
import { addRecord, type StoredReport, type StoredSection } from './reports.js';
import { createSlices } from './slices.js';

/** The facts of a report's header, in their order in a row, behind id, time and shape. */
const FACTS = [
  'service',
  'host',
  'process',
  'trigger',
  'main',
  'verdict',
  'top',
  'stackHash',
  'suspendedPlace',
  'suspendedHash',
  'request',
  'thrown',
] as const;
const MAX_SHARED = 50_000;
/** Most verdicts differ, by a duration. Those of idle processes and of crashes repeat. */
const MAX_SHARED_VERDICTS = 2000;

/** The reports of one request, in the order of their records, without the texts of their sections. */
export async function extractReports(request: unknown): Promise<StoredReport[]> {
  const reports = new Map<string, StoredReport>();
  const slice = createSlices();
  for (const record of readRecords(request)) {
    addRecord(reports, record, false);
    const pause = slice();
    if (pause) await pause;
  }
  return [...reports.values()];
}

export function toReportRow(report: StoredReport): Row {
  const facts = FACTS.map((name) => report[name]);
  return [report.id, Date.parse(report.time), writeShape(report.sections), report.count, ...facts];
}

/** Whether two states of one report differ in their records alone. */
export function haveSameFacts(one: StoredReport, other: StoredReport): boolean {
  return one.time === other.time && FACTS.every((name) => one[name] === other[name]);
}

/** Makes reports of rows. Equal texts and equal sections share one object: they take most of the memory of 100,000 reports. */
export class ReportRows {
  readonly #texts = new Map<string, string>();
  readonly #verdicts = new Map<string, string>();
  readonly #shapes = new Map<string, Shape>();

  read([id, timeMs, shape, count, ...facts]: Row): StoredReport {
    const { sections, records } = this.#readShape(shape);
    const fact = (name: (typeof FACTS)[number]) => {
      const text = String(facts[FACTS.indexOf(name)] ?? '');
      return name === 'verdict'
        ? share(this.#verdicts, text, MAX_SHARED_VERDICTS)
        : share(this.#texts, text, MAX_SHARED);
    };
    // Written out: objects of one literal take the least memory.
    return {
      id,
      time: toTime(timeMs),
      service: fact('service'),
      host: fact('host'),
      process: fact('process'),
      trigger: fact('trigger'),
      main: fact('main'),
      verdict: fact('verdict'),
      top: fact('top'),
      stackHash: fact('stackHash'),
      suspendedPlace: fact('suspendedPlace'),
      suspendedHash: fact('suspendedHash'),
      request: fact('request'),
      thrown: fact('thrown'),
      count: Number(count),
      records,
      sections,
    };
  }

  /** Merges two groups of records of one report. Facts of the header take precedence over those of other records. */
  merge(one: StoredReport, other: StoredReport): StoredReport {
    const [first, second] = hasHeader(one) || !hasHeader(other) ? [one, other] : [other, one];
    const facts = Object.fromEntries(FACTS.map((name) => [name, first[name] || second[name]]));
    const { sections, records } = this.#readShape(writeShape(mergeSections(one.sections, other.sections)));
    const time = (hasHeader(first) ? first.time : [one.time, other.time].sort()[0]) ?? '';
    return { ...first, ...facts, time, count: Math.max(one.count, other.count), records, sections };
  }

  #readShape(shape: string): Shape {
    const shared = this.#shapes.get(shape);
    if (shared) return shared;
    if (this.#shapes.size >= MAX_SHARED) this.#shapes.clear();
    const sections = readShape(shape);
    const records = [...sections.values()].reduce((sum, { bodies }) => sum + bodies.size, 0);
    const made = { sections, records };
    this.#shapes.set(shape, made);
    return made;
  }
}

function share(known: Map<string, string>, text: string, limit: number): string {
  const shared = known.get(text);
  if (shared !== undefined) return shared;
  if (known.size >= limit) known.clear();
  known.set(text, text);
  return text;
}

interface Shape {
  readonly sections: Map<number, StoredSection>;
  readonly records: number;
}

function hasHeader({ sections }: StoredReport): boolean {
  return sections.get(0)?.name === 'report';
}

/** The sections without their texts: `[[index, name, title, status, parts, [part, …]], …]`. */
function writeShape(sections: ReadonlyMap<number, StoredSection>): string {
  const rows = [...sections]
    .sort(([a], [b]) => a - b)
    .map(([index, { name, title, status, parts, bodies }]) => {
      const came = [...new Set([...bodies.values()].map(({ part }) => part))].sort((a, b) => a - b);
      return [index, name, title, status, parts, came];
    });
  return JSON.stringify(rows);
}

function readShape(shape: string): Map<number, StoredSection> {
  const rows = shape === '' ? [] : (JSON.parse(shape) as [number, string, string, string, number, number[]][]);
  return new Map(
    rows.map(([index, name, title, status, parts, came]) => [
      index,
      { name, title, status, parts, bodies: new Map(came.map((part) => [`${index}:${part}`, { part }])) },
    ]),
  );
}

function mergeSections(
  one: ReadonlyMap<number, StoredSection>,
  other: ReadonlyMap<number, StoredSection>,
): Map<number, StoredSection> {
  const merged = new Map(one);
  for (const [index, section] of other) {
    const known = merged.get(index);
    const byPart = (bodies: StoredSection['bodies']) =>
      [...bodies.values()].map((body): [string, { part: number }] => [`${index}:${body.part}`, { part: body.part }]);
    const bodies = new Map([...byPart(known?.bodies ?? new Map()), ...byPart(section.bodies)]);
    merged.set(index, { ...(known ?? section), bodies });
  }
  return merged;
}
