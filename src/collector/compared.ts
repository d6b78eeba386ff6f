import type { Compared } from '../views/comparison.js';
import { listParts, listSections, type StoredReport } from './reports.js';

/** A stored report, without its supplements. A section that came in several parts has no data that can be compared. */
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
    // A supplement's sections have the names of the report's, and come behind them.
    data: new Map(data.toReversed()),
  };
}
