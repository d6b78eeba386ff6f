import { CauseGroups, type Cause as ReportCause } from '../collector/causes.js';
import { countSupplements, describeSize, isComplete, type StoredReport } from '../collector/reports.js';
import { showDuration } from '../views/duration.js';
import { renderTable } from '../views/table.js';
import { cutToWidth, widthOf } from '../views/width.js';

/** The reports with one cause. */
export interface Cause {
  /** The hash of main's stack, or of the place where an idle process waits; empty if the reports have neither. */
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

/** A line for each report. @param all the reports that a short id must not match as well */
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
    // The word `signal` says nothing here.
    report.trigger.replace(/^signal /, ''),
    tellAnswer(report),
  ]);
  const headings = ['ID', 'AGE', 'SERVICE', 'HOST', 'PID', 'TRIGGER', 'MAIN THREAD'];
  return cutLines(renderTable(isFirst ? [headings, ...rows] : rows), width);
}

/** The causes of reports, the one with the most reports last: it is next to the prompt. */
export function listCauses(reports: readonly StoredReport[]): readonly Cause[] {
  const causes = new CauseGroups().learn(reports).list().map(toCause);
  return causes.sort((a, b) => a.reports - b.reports || (a.last < b.last ? -1 : 1));
}

export function renderCauses(causes: readonly Cause[], { nowMs, width }: Omit<TableOptions, 'isFirst'>): string {
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

function toCause({ stack, reports, first, last, processes, services }: ReportCause): Cause {
  return {
    stack,
    verdict: last.verdict || last.main,
    reports: reports.length,
    processes,
    services,
    first: first.time,
    last: last.time,
    id: last.id,
  };
}

/** The verdict, and the number of records if some are missing or came as supplements. */
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
  return text.replace(/^.*$/gm, (line) => (widthOf(line) > width ? `${cutToWidth(line, width - 1)}…` : line));
}
