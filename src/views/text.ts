import type { Report, Section } from '../report.js';
import { renderBanner, renderReportBanner } from './banner.js';
import { renderConfiguration } from './configuration.js';
import { escapeControls } from './escape.js';
import { renderGreenThreads } from './green-threads.js';
import { renderHeapCensus } from './heap-census.js';
import { renderInFlight } from './in-flight.js';
import { renderValue } from './key-values.js';
import { renderProcesses } from './processes.js';
import { renderRuntime } from './runtime.js';
import { renderThreads, showState } from './threads.js';
import { listVerdict } from './verdict.js';
import type { Detail, View } from './view.js';

/** Sections of a short report. */
export const SHORT: readonly string[] = ['crash', 'threads', 'green_threads', 'in_flight'];
const SECTIONS: { readonly [detail in Detail]?: readonly string[] } = { short: SHORT, heap: ['heap_census'] };

/** A report as a person reads it: oslo.reports' look. */
export function renderText(report: Report, detail: Detail = 'text'): string {
  const view = { detail, root: report.header.root };
  const sections = report.sections.filter(({ name }) => SECTIONS[detail]?.includes(name) ?? true);
  const header = report.supplement ? '' : renderHeader(report);
  return header + sections.map((section) => renderSection(section, view)).join('');
}

/** The banner and the `key = value` lines before the sections. */
export function renderHeader({ id, timeMs, header }: Pick<Report, 'id' | 'timeMs' | 'header'>): string {
  const { service, host, process, runtime, uptime, trigger, notes } = header;
  const main = showState(header.main, header.mainForMs);
  const time = new Date(timeMs).toISOString();
  const root = header.root === undefined ? {} : { root: header.root };
  const lines = Object.entries({ report: id, time, service, host, process, runtime, uptime, ...root, trigger, main })
    .concat(listVerdict(header))
    .concat(notes.map((note): [string, string] => ['note', note]))
    .map(([key, value]) => `${key} = ${escapeControls(value)}\n`);
  return `${renderReportBanner('Guru Meditation')}${lines.join('')}`;
}

/** Sections as they were rendered: the text and the log records both have them. */
const rendered = new WeakMap<Section, { readonly root: string | undefined; readonly text: string }>();

/** One section with its banner. A section is never changed. */
export function renderSection(section: Section, view: View = {}): string {
  const { detail = 'text', root } = view;
  if (detail !== 'text') return renderNew(section, view);
  const known = rendered.get(section);
  if (known && known.root === root) return known.text;
  const text = renderNew(section, view);
  rendered.set(section, { root, text });
  return text;
}

function renderNew(section: Section, view: View): string {
  const { title, status, error, text, data } = section;
  const failure = status === 'ok' ? '' : renderFailure(status, error);
  const isEmpty = status !== 'ok' && data === null && text === undefined;
  const content = isEmpty ? '' : text === undefined ? renderAnyData(section, view) : renderOwnText(text);
  return `${renderBanner(title)}${defuseBanners(failure + content)}`;
}

/**
 * No content, keys and paths included, can pass for the beginning of another section or of another report. Such a line gets
 * a leading space, also in a text that is otherwise printed as it is.
 */
function defuseBanners(content: string): string {
  return content.replace(/^(?:={4}|\|{4})/gm, ' $&');
}

function renderFailure(status: Section['status'], error: string | undefined): string {
  const [first = '', ...rest] = escapeControls(error ?? 'no reason is known', { keepLines: true }).split('\n');
  return `[${status.replace('_', ' ')}: ${first}]\n${rest.map((line) => `  ${line}\n`).join('')}`;
}

/** Masking, or a part that was cut, may leave another shape than the section's own: such data is shown plainly. */
function renderAnyData(section: Section, view: View): string {
  try {
    return renderData(section, view);
  } catch {
    return renderValue(section.data);
  }
}

function renderData({ name, data }: Section, view: View): string {
  if (data === null) return renderValue(data);
  switch (name) {
    case 'threads':
      return renderThreads(data, view);
    case 'green_threads':
      return renderGreenThreads(data, view);
    case 'processes':
      return renderProcesses(data, view);
    case 'in_flight':
      return renderInFlight(data, view);
    case 'heap_census':
      return renderHeapCensus(data, view);
    case 'configuration':
      return renderConfiguration(data, view);
    case 'runtime':
      return renderRuntime(data, view);
    default:
      return renderValue(data);
  }
}

/** As the generator made it, except for characters that a terminal would obey. */
function renderOwnText(text: string): string {
  const shown = escapeControls(text, { keepLines: true });
  return shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`;
}
