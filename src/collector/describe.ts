import { escapeControls } from '../views/escape.js';
import { describeSize, type StoredReport } from './reports.js';

/** A report in one line for a terminal. Its text came from elsewhere, so control characters are escaped. */
export function describeReport(report: StoredReport): string {
  const { time, service, host, process, trigger, verdict, main, id } = report;
  const parts = [
    time,
    `${service}@${host}`,
    `pid ${process}`,
    trigger,
    verdict || main,
    describeSize(report),
    `report ${id}`,
  ];
  return parts.map((part) => escapeControls(part)).join('  ');
}
