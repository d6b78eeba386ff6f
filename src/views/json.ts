import type { Report, Section } from '../report.js';
import { escapeJson } from './escape.js';
import { tellVerdict } from './verdict.js';

/**
 * A report as JSON lines for container log drivers: the header, then a line a section. Each has `level`,
 * `time` and `msg` as log shippers expect them, the report's id and service, and names its parts as the log records do (`gmr.section.name`, …). A supplement is a line of its own.
 */
export function renderJson(report: Report): string {
  const { id, timeMs, header, sections, supplement } = report;
  const count = supplement?.count ?? sections.length + 1;
  const first = supplement ? count + supplement.number - 1 : 1;
  const common = (status: Section['status'], msg: string) => ({
    level: report.trigger.kind === 'crash' ? 'fatal' : status === 'ok' ? 'info' : 'warn',
    time: new Date(timeMs).toISOString(),
    msg: `gmr ${id}: ${msg}`,
    'service.name': header.service,
    'gmr.report.id': id,
    'gmr.report.trigger': report.trigger.kind,
  });
  const verdict = tellVerdict(header);
  const head = {
    ...common('ok', verdict),
    'gmr.section.name': 'report',
    'gmr.section.index': 0,
    'gmr.section.count': count,
  };
  const lines: object[] = [
    ...(supplement ? [] : [{ ...head, 'gmr.verdict': verdict, data: header }]),
    ...sections.map((section, index) => ({
      ...common(section.status, section.title),
      'gmr.section.name': section.name,
      'gmr.section.title': section.title,
      'gmr.section.index': first + index,
      'gmr.section.count': count,
      'gmr.section.status': section.status,
      ...section.facts,
      ...(section.error === undefined ? {} : { error: section.error }),
      ...(section.text === undefined ? {} : { text: section.text }),
      ...(section.data === null && section.text !== undefined ? {} : { data: section.data }),
    })),
  ];
  // Also two separators that JSON allows within text and that some readers take for the end of a line.
  return lines.map((line) => `${escapeJson(JSON.stringify(line))}\n`).join('');
}
