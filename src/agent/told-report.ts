import { toLogRecords } from '../export/wire/logs.js';
import type { GeneratedReport, GeneratedSection, PlainLogRecord, ToldReport } from '../protocol.js';
import type { Report } from '../report.js';
import { renderHeader, renderSection, renderText } from '../views/text.js';

/** A report as listeners of main get it. */
export function toTold(report: Report): ToldReport {
  return { id: report.id, trigger: report.trigger.kind, records: listRecords(report) };
}

function listRecords(report: Report): readonly PlainLogRecord[] {
  return toLogRecords(report, { renderHeader, renderSection });
}

/** A report as `generateReport` gives it. */
export function toGenerated(report: Report): GeneratedReport {
  return {
    id: report.id,
    time: new Date(report.timeMs).toISOString(),
    trigger: 'api',
    sections: report.sections.map(
      ({ name, title, status, data, error }) =>
        ({ name, title, status, data, ...(error === undefined ? {} : { error }) }) as GeneratedSection,
    ),
    text: renderText(report),
    records: listRecords(report),
  };
}
