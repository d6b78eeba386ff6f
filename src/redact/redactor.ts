/** Masks the secrets of a report before it is rendered, sent or stored. Pure; imports only the model. */

import {
  type Facts,
  type Header,
  isMap,
  type Report,
  type Section,
  type Value,
  type ValueMap,
  VERDICT,
  type Verdict,
} from '../report.js';
import { isContainer } from './kinds.js';
import { prepareKnownValues } from './known-values.js';
import { createNameJudge } from './names.js';
import { maskText, noCleanTexts, type TextMasker } from './text.js';
import { maskString, maskTree, type Place, TOP } from './tree.js';

export interface RedactOptions {
  /** More names (`GMR_SECRET_NAMES`), in any case; a part of a name is enough. */
  readonly secretNames: readonly string[];
  /** For each registered configuration group the keys its application declared secret: at any depth, or a dotted path. */
  readonly declared: { readonly [group: string]: readonly string[] };
}

export interface Redactor {
  /** The same report with `***` in place of secrets. */
  report(report: Report): Report;
  /** A supplement to the last report; the secrets of that report are masked here too. */
  supplement(report: Report): Report;
  /** One of our own lines, or an attribute; the secrets of the last report are masked here too. */
  text(text: string): string;
}

/**
 * Two passes: the first masks secrets by their names and shapes and collects them, the second masks the same values where
 * they appear again. Linear in the size of the report; never throws. A value that nests too deep is masked.
 */
export function createRedactor(options: RedactOptions): Redactor {
  const rules = readRules(options.secretNames);
  const collectIn = (values: Set<string>): TextMasker => ({ ...rules, found: (value) => void values.add(value) });
  const redact = (report: Report, values: Set<string>) => redactReport(report, options, collectIn(values), values);
  let known = new Set<string>();
  return {
    report(report) {
      known = new Set();
      return redact(report, known);
    },
    supplement: (report) => redact(report, new Set(known)),
    text(text) {
      const values = new Set(known);
      const masked = maskText(text, 'text', collectIn(values));
      return prepareKnownValues(values, new Set())?.maskText(masked) ?? masked;
    },
  };
}

type Rules = Pick<TextMasker, 'judge' | 'clean'>;

let kept: { readonly names: string; readonly rules: Rules } | undefined;

/** Kept from one report to the next: most of their names and texts are the same, which halves the work. */
function readRules(secretNames: readonly string[]): Rules {
  const names = JSON.stringify(secretNames);
  if (kept?.names !== names) kept = { names, rules: { judge: createNameJudge(secretNames), clean: noCleanTexts() } };
  return kept.rules;
}

function redactReport(report: Report, options: RedactOptions, masker: TextMasker, values: ReadonlySet<string>): Report {
  const line = (text: string): string => maskString(text, TOP, masker);
  const header = mapHeader(report.header, line);
  const sections = report.sections.map((section) =>
    mapSection(section, line, (data) => maskData(section.name, data, options, masker)),
  );
  const known = prepareKnownValues(values, wordsOf(report));
  if (known === undefined) return { ...report, header, sections };
  return {
    ...report,
    header: mapHeader(header, known.maskText),
    sections: sections.map((section) => mapSection(section, known.maskText, known.maskValue)),
  };
}

/** Names without which a report is of no use; a password equal to one of them is not searched for. */
function wordsOf(report: Report): ReadonlySet<string> {
  const words = new Set([report.header.service, report.header.host]);
  for (const section of report.sections) words.add(section.name).add(section.title);
  return new Set([...words].map((word) => word.toLowerCase()));
}

/** Field by field, so that a new field does not pass unmasked. */
function mapHeader(header: Header, line: (text: string) => string): Header {
  return {
    service: line(header.service),
    host: line(header.host),
    process: line(header.process),
    runtime: line(header.runtime),
    uptime: line(header.uptime),
    ...(header.root === undefined ? {} : { root: line(header.root) }),
    trigger: line(header.trigger),
    main: header.main,
    ...(header.mainForMs === undefined ? {} : { mainForMs: header.mainForMs }),
    ...mapVerdict(header, line),
    notes: header.notes.map(line),
  };
}

function mapVerdict(header: Verdict, line: (text: string) => string): Verdict {
  return Object.fromEntries(
    VERDICT.flatMap((name) => (header[name] === undefined ? [] : [[name, line(header[name])]])),
  );
}

/** Masks leaves; the section keeps its shape, except for numbers that are masked, and for parts that lie too deep. */
function mapSection<One extends Section>(
  section: One,
  line: (text: string) => string,
  data: (data: Value) => Value,
): One {
  const { text, error, facts } = section;
  return {
    ...section,
    name: section.name.startsWith('custom.') ? line(section.name) : section.name,
    title: line(section.title),
    data: data(section.data) as One['data'],
    ...(text === undefined ? {} : { text: line(text) }),
    ...(error === undefined ? {} : { error: line(error) }),
    ...(facts === undefined ? {} : { facts: data(facts) as Facts }),
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
    kind: isContainer(kind) && kind !== 'key' ? kind : 'none',
  };
  const names = Object.hasOwn(declared, group) ? (declared[group] ?? []).map((name) => name.toLowerCase()) : [];
  if (names.length === 0) return place;
  const known = new Set(names);
  return {
    ...place,
    declared: (path) => known.has((path.at(-1) ?? '').toLowerCase()) || known.has(path.join('.').toLowerCase()),
  };
}
