import type { Header, Section } from '../report.js';
import { escapeJson } from '../views/escape.js';
import { renderHeader, renderSection, SHORT } from '../views/text.js';
import type { Detail, View } from '../views/view.js';
import { isComplete, joinText, listParts, listSections, type StoredReport, type StoredSection } from './reports.js';

/**
 * A stored report as its process would have printed it with that `GMR_FORMAT`. A section without data, or in several parts, is
 * shown as its process printed it. The text is not escaped, and anybody may have sent it.
 *
 * @param names the sections that are printed; with an empty list, all of them
 */
export function printStored(report: StoredReport, detail: Detail, names: readonly string[] = []): string {
  const sections = listNamed(report, names);
  if (detail === 'text') return sections.map(joinText).join('');
  const header = listSections(report).find(({ name }) => name === 'report');
  const root = (readData(header) as Partial<Header> | undefined)?.root;
  const view = { detail, root: typeof root === 'string' ? root : undefined };
  return sections
    .filter(({ name }) => names.length > 0 || detail === 'full' || name === 'report' || SHORT.includes(name))
    .map((section) => printSection(section, view, report))
    .join('');
}

/** A stored report as data: JSON of several lines, with its harmful characters escaped. @param names as for `printStored` */
export function printJson(report: StoredReport, names: readonly string[] = []): string {
  const { sections: _, ...about } = report;
  const sections = listNamed(report, names).map((section) => {
    const { name, title, status } = section;
    return { name, title, status, text: joinText(section), data: listParts(section).map(({ data }) => data) };
  });
  return `${escapeJson(JSON.stringify({ ...about, complete: isComplete(report), sections }, undefined, 2))}\n`;
}

function listNamed(report: StoredReport, names: readonly string[]): StoredSection[] {
  const sections = listSections(report);
  return names.length === 0 ? sections : sections.filter(({ name }) => names.includes(name));
}

function printSection(section: StoredSection, view: View, { id, time }: StoredReport): string {
  const data = readData(section);
  if (data === undefined || section.status !== 'ok') return joinText(section);
  try {
    if (section.name === 'report')
      return renderHeader({ id, timeMs: Date.parse(time), header: data as unknown as Header });
    const { name, title, status } = section;
    return renderSection({ name, title, status, spanId: '', startMs: 0, endMs: 0, data } as Section, view);
  } catch {
    return joinText(section);
  }
}

/** The data of a section that came in one piece. */
function readData(section: StoredSection | undefined): object | undefined {
  const [part, other] = section ? listParts(section) : [];
  const data = part?.data;
  return section?.parts === 1 && !other && typeof data === 'object' && data !== null ? data : undefined;
}
