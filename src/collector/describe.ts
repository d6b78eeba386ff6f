import { escapeControls } from '../views/escape.js';
import { describeSize, type StoredReport } from './reports.js';

/** A report in a line, for a terminal: what it says came from elsewhere. */
export function describeReport(report: StoredReport): string {
  const { time, service, host, process, trigger, main, id } = report;
  const parts = [time, `${service}@${host}`, `pid ${process}`, trigger, main, describeSize(report), `report ${id}`];
  return parts.map((part) => escapeControls(part)).join('  ');
}
