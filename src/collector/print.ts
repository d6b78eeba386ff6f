import type { Header, Section } from '../report.js';
import { renderHeader, renderSection, SHORT } from '../views/text.js';
import type { Detail, View } from '../views/view.js';
import { listParts, listSections, type StoredReport, type StoredSection } from './reports.js';

/**
 * A stored report as its process would have printed it with that `GMR_FORMAT`. A section that is not there as data, or only
 * in parts, is as its process has printed it. Not escaped: the text of a record is anybody's.
 *
 * @param names the sections that are printed; with an empty list, all of them
 */
export function printStored(report: StoredReport, detail: Detail, names: readonly string[] = []): string {
  const sections = listSections(report);
  const isNamed = ({ name }: StoredSection) => names.length === 0 || names.includes(name);
  if (detail === 'text') return sections.filter(isNamed).map(joinSection).join('');
  const header = sections.find(({ name }) => name === 'report');
  const root = (readData(header) as Partial<Header> | undefined)?.root;
  const view = { detail, root: typeof root === 'string' ? root : undefined };
  return sections
    .filter(isNamed)
    .filter(({ name }) => names.length > 0 || detail === 'full' || name === 'report' || SHORT.includes(name))
    .map((section) => printSection(section, view, report))
    .join('');
}

function printSection(section: StoredSection, view: View, { id, time }: StoredReport): string {
  const data = readData(section);
  if (data === undefined || section.status !== 'ok') return joinSection(section);
  try {
    if (section.name === 'report')
      return renderHeader({ id, timeMs: Date.parse(time), header: data as unknown as Header });
    const { name, title, status } = section;
    return renderSection({ name, title, status, spanId: '', startMs: 0, endMs: 0, data } as Section, view);
  } catch {
    return joinSection(section);
  }
}

/** The data of a section that came in one piece. */
function readData(section: StoredSection | undefined): object | undefined {
  const [part, other] = section ? listParts(section) : [];
  const data = part?.data;
  return section?.parts === 1 && !other && typeof data === 'object' && data !== null ? data : undefined;
}

function joinSection(section: StoredSection): string {
  return listParts(section)
    .map(({ text }) => text ?? '')
    .join('');
}
