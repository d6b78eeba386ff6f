import type { Report, Section } from '../report.js';
import { toJsonLine } from './escape.js';
import { tellVerdict } from './verdict.js';

/**
 * A report as JSON lines for container log drivers: the header, then a line for each section. Each has `level`, `time` and
 * `msg` as log shippers expect them, the report's id and service, and the names of the log records' attributes
 * (`gmr.section.name`, …). A supplement has no header.
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
  return lines.map(toJsonLine).join('');
}
