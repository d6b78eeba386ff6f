import { countSupplements, describeSize, isComplete, type StoredReport } from '../collector/reports.js';
import { showDuration } from '../views/duration.js';
import { renderTable } from '../views/table.js';

/** The reports with one cause. */
export interface Cause {
  /** The hash of main's stack; empty if the reports have none. */
  readonly stack: string;
  readonly verdict: string;
  readonly reports: number;
  readonly processes: number;
  readonly services: readonly string[];
  /** ISO 8601. */
  readonly first: string;
  readonly last: string;
  /** The id of the last report. */
  readonly id: string;
}

export interface TableOptions {
  readonly nowMs: number;
  /** Columns of the terminal; undefined: lines are not cut. */
  readonly width: number | undefined;
  /** Whether a line of headings comes first. */
  readonly isFirst: boolean;
}

const SHORTEST_ID = 8;

/** A line a report. @param all the reports that its short id is to be told from */
export function renderReports(
  reports: readonly StoredReport[],
  all: readonly StoredReport[],
  { nowMs, width, isFirst }: TableOptions,
): string {
  const digits = countDigits([...all, ...reports].map(({ id }) => id));
  const rows = reports.map((report) => [
    report.id.slice(0, digits),
    showAgo(report.time, nowMs),
    report.service,
    report.host,
    report.process,
    report.trigger,
    tellAnswer(report),
  ]);
  const headings = ['ID', 'AGE', 'SERVICE', 'HOST', 'PID', 'TRIGGER', 'MAIN THREAD'];
  return cutLines(renderTable(isFirst ? [headings, ...rows] : rows), width);
}

/** The causes of reports, the one with the most reports last: it is next to the prompt. */
export function listCauses(reports: readonly StoredReport[]): readonly Cause[] {
  const groups = new Map<string, StoredReport[]>();
  for (const report of reports) {
    const key = report.stackHash || report.verdict.replace(/\d+(?:\.\d+)? (?:ms|s|min|h|d)\b/g, '…');
    groups.set(key, [...(groups.get(key) ?? []), report]);
  }
  return [...groups.values()].map(toCause).sort((a, b) => a.reports - b.reports || (a.last < b.last ? -1 : 1));
}

export function renderCauses(causes: readonly Cause[], { nowMs, width }: TableOptions): string {
  const rows = causes.map((cause) => [
    String(cause.reports),
    String(cause.processes),
    cause.services.join(','),
    showAgo(cause.first, nowMs),
    showAgo(cause.last, nowMs),
    cause.id.slice(0, SHORTEST_ID),
    cause.verdict,
  ]);
  return cutLines(
    renderTable([['REPORTS', 'PROCESSES', 'SERVICE', 'FIRST', 'LAST', 'LAST ID', 'MAIN THREAD'], ...rows], [0, 1]),
    width,
  );
}

function toCause(reports: readonly StoredReport[]): Cause {
  const last = reports.at(-1) as StoredReport;
  return {
    stack: last.stackHash,
    verdict: last.verdict || last.main,
    reports: reports.length,
    processes: new Set(reports.map(({ host, process }) => `${host} ${process}`)).size,
    services: [...new Set(reports.map(({ service }) => service))].sort(),
    first: reports[0]?.time ?? '',
    last: last.time,
    id: last.id,
  };
}

/** The verdict, and the number of records only where there is something to say of it. */
function tellAnswer(report: StoredReport): string {
  const answer = report.verdict || report.main;
  return isComplete(report) && countSupplements(report) === 0 ? answer : `${answer} (${describeSize(report)})`;
}

/** As many digits of the ids as tell them apart, and no less than eight. */
function countDigits(ids: readonly string[]): number {
  const sorted = [...new Set(ids)].sort();
  let digits = SHORTEST_ID;
  for (const [index, id] of sorted.entries()) {
    const next = sorted[index + 1] ?? '';
    while (digits < id.length && next.startsWith(id.slice(0, digits))) digits += 1;
  }
  return digits;
}

const MINUTE_MS = 60_000;

/** In its largest unit: `42 s`, `5 min`, `3 h`, `2 d`. */
function showAgo(time: string, nowMs: number): string {
  const ageMs = Math.max(0, nowMs - Date.parse(time));
  if (!Number.isFinite(ageMs)) return '?';
  if (ageMs < MINUTE_MS) return `${Math.floor(ageMs / 1000)} s`;
  return showDuration(ageMs).split(' ').slice(0, 2).join(' ');
}

/** Lines that a terminal would wrap end in an ellipsis. */
function cutLines(text: string, width: number | undefined): string {
  if (width === undefined || width < 20) return text;
  return text.replace(/^.*$/gm, (line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
}
