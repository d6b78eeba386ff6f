import { listParts, listSections, type StoredReport } from '../collector/reports.js';
import type { Compared } from '../views/comparison.js';

/** A stored report. A section that came in several parts has no data that can be compared. */
export function toCompared(report: StoredReport): Compared {
  const { id, time, process, service, host, verdict, main } = report;
  const data = listSections(report).flatMap((section): [string, unknown][] => {
    const [part, ...others] = listParts(section);
    return part && others.length === 0 ? [[section.name, part.data]] : [];
  });
  return {
    id,
    timeMs: Date.parse(time),
    process: `${process} ${service}@${host}`,
    verdict: verdict || main,
    data: new Map(data),
  };
}

/** A report in JSON Lines, as `gmr dump` gets it. @throws SyntaxError if it is something else */
export function parseCompared(lines: string): Compared {
  const sections = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly [key: string]: unknown });
  const [head = {}] = sections;
  const header = (head.data ?? {}) as { readonly [key: string]: unknown };
  return {
    id: String(head['gmr.report.id']),
    timeMs: Date.parse(String(head.time)),
    process: `${header.process} ${header.service}@${header.host}`,
    verdict: String(head['gmr.verdict']).replace(/^main /, ''),
    data: new Map(sections.map((section) => [String(section['gmr.section.name']), section.data])),
  };
}
