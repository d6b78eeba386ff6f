import { hashOf } from '../collector/causes.js';
import type { StoredReport } from '../collector/reports.js';
import { parseDuration, UsageError } from './usage.js';

/** The reports that a command line asks for. */
export interface Wanted {
  /** The number of the newest reports; 0 for all. */
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
  readonly service: string | undefined;
  /** In lower case. */
  readonly words: string | undefined;
  /** The beginning of a stack's hash. */
  readonly stack: string | undefined;
}

/** The wanted reports, in the order of the list. */
export function chooseReports(reports: readonly StoredReport[], wanted: Wanted): readonly StoredReport[] {
  const { count, sinceMs, service, words, stack } = wanted;
  const chosen = reports.filter(
    (report) =>
      (sinceMs === undefined || Date.parse(report.time) >= sinceMs) &&
      (service === undefined || report.service === service) &&
      (words === undefined || `${report.main} ${report.verdict} ${report.top}`.toLowerCase().includes(words)) &&
      (stack === undefined || hashOf(report).startsWith(stack)),
  );
  return count === 0 ? chosen : chosen.slice(-count);
}

/** A time as people write it: `10min` ago, or a date. @returns milliseconds since the epoch @throws UsageError */
export function readSince(text: string, nowMs: number): number {
  const timeMs = /^\d{4}-/.test(text) ? Date.parse(text) : nowMs - parseDuration(text);
  if (Number.isFinite(timeMs)) return timeMs;
  throw new UsageError(
    `--since: expected a time ago such as 10min, 2h or 7d, or a date such as 2026-01-31T12:00Z, got ${JSON.stringify(text)}`,
  );
}
