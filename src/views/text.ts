import { type ConfigurationData, isMap, type Report, type Section, type Value } from '../report.js';
import { renderBanner, renderReportBanner } from './banner.js';
import { escapeControls } from './escape.js';
import { renderInFlight } from './in-flight.js';
import { renderKeyValues, renderValue } from './key-values.js';
import { renderProcesses } from './processes.js';
import { renderGreenThreads, renderThreads, showState } from './threads.js';
import { listVerdict } from './verdict.js';

/** A report as a person reads it: oslo.reports' look. */
export function renderText(report: Report): string {
  return (report.supplement ? '' : renderHeader(report)) + report.sections.map(renderSection).join('');
}

/** The banner and the `key = value` lines before the sections. */
export function renderHeader({ id, timeMs, header }: Report): string {
  const { service, host, process, runtime, uptime, trigger, notes } = header;
  const main = showState(header.main, header.mainForMs);
  const time = new Date(timeMs).toISOString();
  const lines = Object.entries({ report: id, time, service, host, process, runtime, uptime, trigger, main })
    .concat(listVerdict(header))
    .concat(notes.map((note): [string, string] => ['note', note]))
    .map(([key, value]) => `${key} = ${escapeControls(value)}\n`);
  return `${renderReportBanner('Guru Meditation')}${lines.join('')}`;
}

/** Sections as they were rendered: the text has them, and the log records, too. */
const rendered = new WeakMap<Section, string>();

/** One section with its banner. A section is never changed. */
export function renderSection(section: Section): string {
  const text = rendered.get(section) ?? renderNew(section);
  rendered.set(section, text);
  return text;
}

function renderNew(section: Section): string {
  const { title, status, error, text, data } = section;
  const failure = status === 'ok' ? '' : renderFailure(status, error);
  const isEmpty = status !== 'ok' && data === null && text === undefined;
  const content = isEmpty ? '' : text === undefined ? renderAnyData(section) : renderOwnText(text);
  return `${renderBanner(title)}${defuseBanners(failure + content)}`;
}

/**
 * Whatever was printed, keys and paths included: it cannot pass for the beginning of another section or of another
 * report. Such a line gets a leading space, also in a text that is otherwise printed as it is.
 */
function defuseBanners(content: string): string {
  return content.replace(/^(?:={4}|\|{4})/gm, ' $&');
}

function renderFailure(status: Section['status'], error: string | undefined): string {
  const [first = '', ...rest] = escapeControls(error ?? 'no reason is known', { keepLines: true }).split('\n');
  return `[${status.replace('_', ' ')}: ${first}]\n${rest.map((line) => `  ${line}\n`).join('')}`;
}

/** Masking, or a part that was cut, may leave another shape than the section's own: shown plainly, it loses no report. */
function renderAnyData(section: Section): string {
  try {
    return renderData(section);
  } catch {
    return renderValue(section.data);
  }
}

function renderData({ name, data }: Section): string {
  if (data === null) return renderValue(data);
  switch (name) {
    case 'threads':
      return renderThreads(data);
    case 'green_threads':
      return renderGreenThreads(data);
    case 'processes':
      return renderProcesses(data);
    case 'in_flight':
      return renderInFlight(data);
    case 'configuration':
      return renderConfiguration(data);
    default:
      return renderValue(data);
  }
}

/** Groups as oslo has them, then what they came from. */
function renderConfiguration(data: ConfigurationData): string {
  const { groups, environment, commandLine, nodeOptions, settings, note } = data;
  const parts: [string, Value][] = [
    ...Object.entries(groups),
    ['environment', environment],
    ['command line', commandLine],
    ['node options', nodeOptions],
    ['guru-meditation', settings],
  ];
  const text = parts.map(([title, value]) => renderGroup(title, value)).join('\n');
  return note ? `${text}\nnote = ${escapeControls(note)}\n` : text;
}

function renderGroup(title: string, value: Value): string {
  const name = escapeControls(title);
  if (isMap(value) && Object.keys(value).length > 0) return `${name}: \n${renderKeyValues(value, '  ')}`;
  return isMap(value) ? `${name} = {}\n` : renderKeyValues({ [title]: value });
}

/** As the generator made it, but for what a terminal would obey. */
function renderOwnText(text: string): string {
  const shown = escapeControls(text, { keepLines: true });
  return shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`;
}
