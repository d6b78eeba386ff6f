import { hashOf, isCrash } from '../causes.js';
import { toTime } from '../iso-time.js';
import type { Timed } from '../order.js';
import type { StoredReport } from '../reports.js';

/** The fields by which reports are filtered, as they stand in an address. */
export const FIELDS = ['service', 'host', 'process', 'state', 'trigger', 'route', 'stack', 'since'] as const;
export type Field = (typeof FIELDS)[number];

/** Which reports are wanted; '' for any. */
export type Query = { readonly [field in Field]: string } & {
  /** Words that a report must contain, all of them. */
  readonly q: string;
  /** Whether the words are looked for in the texts of all sections. */
  readonly isFullText: boolean;
};

const UNITS: { readonly [unit: string]: number } = { min: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_CHARACTERS = 500;

export function readQuery(parameters: URLSearchParams): Query {
  const read = (name: string) => (parameters.get(name) ?? '').trim().slice(0, MAX_CHARACTERS);
  const fields = Object.fromEntries(FIELDS.map((field) => [field, read(field)])) as Record<Field, string>;
  return { ...fields, q: read('q'), isFullText: parameters.get('in') === 'text' };
}

/** The address of a page for the same query, but for `changes`. */
export function toAddress(
  path: string,
  query: Query,
  changes: Partial<Record<Field | 'q' | 'before', string>> = {},
): string {
  const all: Partial<Record<Field | 'q' | 'before', string>> = { ...query, ...changes };
  const parameters = new URLSearchParams();
  for (const name of [...FIELDS, 'q', 'before'] as const) if (all[name]) parameters.set(name, all[name]);
  if (query.isFullText && parameters.has('q')) parameters.set('in', 'text');
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A place in a list, for an address: a page of older things begins there. */
export function writePlace({ time, id }: Timed): string {
  return `${time}~${id}`;
}

export function readPlace(text: string): Timed | undefined {
  const [time = '', id = ''] = text.split('~');
  return text === '' ? undefined : { time, id };
}

/** Whether the query has any condition. */
export function isNarrow(query: Query): boolean {
  return query.q !== '' || FIELDS.some((field) => query[field] !== '');
}

/** A test of the fields, without words. @param nowMs for `since` */
export function matchFields(query: Query, nowMs: number): (report: StoredReport) => boolean {
  const since = readSince(query.since, nowMs);
  const state = query.state.toLowerCase();
  const { service, host, process, trigger, route, stack } = query;
  return (report) =>
    (service === '' || report.service === service) &&
    (host === '' || report.host === host) &&
    (process === '' || report.process === process) &&
    (trigger === '' || report.trigger === trigger || report.trigger.startsWith(`${trigger} `)) &&
    (route === '' || report.request.includes(route)) &&
    (stack === '' || hashOf(report).startsWith(stack)) &&
    (state === '' || matchState(report, state)) &&
    report.time >= since;
}

/** A test of facts of the header: each word has to be in one of them. */
export function matchWords(words: string): (report: StoredReport) => boolean {
  const patterns = words
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => new RegExp(escapePattern(word), 'i'));
  return (report) => patterns.every((pattern) => SEARCHED.some((field) => pattern.test(report[field])));
}

const SEARCHED = [
  'verdict',
  'top',
  'service',
  'host',
  'process',
  'trigger',
  'main',
  'request',
  'suspendedPlace',
  'thrown',
  'time',
  'id',
] as const;

/** `not idle` is a state as well. */
function matchState(report: StoredReport, state: string): boolean {
  if (state === 'not idle') return report.main !== 'idle' || isCrash(report);
  if (state === 'crashed') return isCrash(report);
  return report.main.toLowerCase() === state;
}

/** An ISO time, or `10min`, `2h`, `7d` ago; '' for another text, so that it leaves out no report. */
function readSince(text: string, nowMs: number): string {
  const [, number = '', unit = ''] = /^(\d{1,6})\s?(min|h|d)$/.exec(text) ?? [];
  const timeMs = number === '' ? Date.parse(text) : nowMs - Number(number) * (UNITS[unit] ?? 0);
  return toTime(timeMs);
}

/** A pattern that matches exactly this text. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
