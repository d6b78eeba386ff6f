import type { Compared } from '../views/comparison.js';

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
