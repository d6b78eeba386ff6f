/** Takes the secrets out of a report before anything is rendered, sent or stored. Pure; imports only the model. */

import { maskAgain } from './redact/again.js';
import { createNameJudge } from './redact/names.js';
import { createReuse } from './redact/reuse.js';
import { maskText, noCleanTexts, type TextMasker } from './redact/text.js';
import { maskString, maskTree, type Place, TOP } from './redact/tree.js';
import { type Header, isMap, type Report, type Section, type Value, type ValueMap } from './report.js';

export interface RedactOptions {
  /** More names (`GMR_SECRET_NAMES`), in any case; a part of a name is enough. */
  readonly secretNames: readonly string[];
  /** For each registered configuration group the keys its application declared secret: at any depth, or a dotted path. */
  readonly declared: { readonly [group: string]: readonly string[] };
}

export interface Redactor {
  /** The same report with `***` for what is secret. */
  report(report: Report): Report;
  /** A supplement to the last report; what that gave away is masked here too. */
  supplement(report: Report): Report;
  /** One of our own lines, or an attribute; what the last report gave away is masked here too. */
  text(text: string): string;
}

/**
 * Two passes: the first masks what names and shapes give away and collects it, the second masks the same values where
 * they appear again. Linear in the size of the report; what cannot be read is masked, nothing is thrown.
 */
export function createRedactor(options: RedactOptions): Redactor {
  const rules = { judge: createNameJudge(options.secretNames), clean: noCleanTexts() };
  let known: ReadonlySet<string> = new Set();
  return {
    report(report) {
      const values = new Set<string>();
      known = values;
      return redactReport(report, options, { ...rules, found: (value) => void values.add(value) }, values);
    },
    supplement(report) {
      const values = new Set(known);
      return redactReport(report, options, { ...rules, found: (value) => void values.add(value) }, values);
    },
    text: (text) => redactLine(text, rules, known),
  };
}

type Rules = Pick<TextMasker, 'judge' | 'clean'>;

function redactLine(text: string, rules: Rules, known: ReadonlySet<string>): string {
  const values = new Set<string>(known);
  const masked = maskText(text, 'text', { ...rules, found: (value) => void values.add(value) });
  return createReuse(values, new Set()).mask(masked);
}

function redactReport(report: Report, options: RedactOptions, masker: TextMasker, values: ReadonlySet<string>): Report {
  const line = (text: string): string => maskString(text, TOP, masker);
  const header = mapHeader(report.header, line);
  const sections = report.sections.map((section) =>
    mapSection(section, line, (data) => maskData(section.name, data, options, masker)),
  );
  const reuse = createReuse(values, wordsOf(report));
  if (reuse.size === 0) return { ...report, header, sections };
  const again = (text: string): string => reuse.mask(text);
  return {
    ...report,
    header: mapHeader(header, again),
    sections: sections.map((section) => mapSection(section, again, (data) => maskAgain(data, reuse, values))),
  };
}

/** Names without which a report is of no use; a password equal to one of them is not hunted down. */
function wordsOf(report: Report): ReadonlySet<string> {
  const words = new Set([report.header.service, report.header.host]);
  for (const section of report.sections) words.add(section.name).add(section.title);
  return new Set([...words].map((word) => word.toLowerCase()));
}

function mapHeader(header: Header, line: (text: string) => string): Header {
  return {
    service: line(header.service),
    host: line(header.host),
    process: line(header.process),
    runtime: line(header.runtime),
    uptime: line(header.uptime),
    trigger: line(header.trigger),
    main: header.main,
    notes: header.notes.map(line),
  };
}

function mapSection(section: Section, line: (text: string) => string, data: (data: Value) => Value): Section {
  const { text, error, facts } = section;
  return {
    ...section,
    name: section.name.startsWith('custom.') ? line(section.name) : section.name,
    title: line(section.title),
    data: data(section.data),
    ...(text === undefined ? {} : { text: line(text) }),
    ...(error === undefined ? {} : { error: line(error) }),
    ...(facts === undefined ? {} : { facts: data(facts) as NonNullable<Section['facts']> }),
  };
}

function maskData(section: string, data: Value, options: RedactOptions, masker: TextMasker): Value {
  if (section !== 'configuration' || !isMap(data) || !isMap(data.groups)) return maskTree(data, TOP, masker);
  const { groups, ...rest } = data;
  const masked = Object.keys(groups).map((group): [string, Value] => [
    group,
    maskTree(groups[group] ?? null, groupPlace(group, options, masker), masker),
  ]);
  return { groups: Object.fromEntries(masked), ...(maskTree(rest, TOP, masker) as ValueMap) };
}

/** A group is judged by its own name too; `auth` or `sessions` say nothing of each leaf. */
function groupPlace(group: string, { declared }: RedactOptions, masker: TextMasker): Place {
  const kind = masker.judge(group);
  const place: Place = {
    ...TOP,
    key: group,
    kind: kind === 'secret' || kind === 'secrets' || kind === 'declared' ? kind : 'none',
  };
  const names = Object.hasOwn(declared, group) ? (declared[group] ?? []).map((name) => name.toLowerCase()) : [];
  if (names.length === 0) return place;
  const known = new Set(names);
  return {
    ...place,
    declared: (path) => known.has((path.at(-1) ?? '').toLowerCase()) || known.has(path.join('.').toLowerCase()),
  };
}
