import {
  type ConfigurationData,
  type GreenThreadsData,
  type InFlightData,
  isMap,
  type ProcessesData,
  type Report,
  type Section,
  type ThreadsData,
  type Value,
} from '../report.js';
import { renderBanner, renderReportBanner } from './banner.js';
import { escapeControls } from './escape.js';
import { renderInFlight } from './in-flight.js';
import { renderKeyValues, renderValue } from './key-values.js';
import { renderProcesses } from './processes.js';
import { renderGreenThreads, renderThreads } from './threads.js';

/** A report as a person reads it: oslo.reports' look. */
export function renderText(report: Report): string {
  return (report.supplement ? '' : renderHeader(report)) + report.sections.map(renderSection).join('');
}

/** The banner and the `key = value` lines before the sections. */
export function renderHeader({ id, timeMs, header }: Report): string {
  const { service, host, process, runtime, uptime, trigger, main, notes } = header;
  const time = new Date(timeMs).toISOString();
  const lines = Object.entries({ report: id, time, service, host, process, runtime, uptime, trigger, main })
    .concat(notes.map((note): [string, string] => ['note', note]))
    .map(([key, value]) => `${key} = ${escapeControls(value)}\n`);
  return `${renderReportBanner('Guru Meditation')}${lines.join('')}`;
}

/** One section with its banner. */
export function renderSection(section: Section): string {
  const { title, status, error, text, data } = section;
  const failure = status === 'ok' ? '' : renderFailure(status, error);
  const isEmpty = status !== 'ok' && data === null && text === undefined;
  const content = isEmpty ? '' : text === undefined ? renderAnyData(section.name, data) : renderOwnText(text);
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
function renderAnyData(name: string, data: Value): string {
  try {
    return renderData(name, data);
  } catch {
    return renderValue(data);
  }
}

function renderData(name: string, data: Value): string {
  // The sections' shapes are fixed by their names; what collected them made no other.
  switch (name) {
    case 'threads':
      return renderThreads(data as unknown as ThreadsData);
    case 'green_threads':
      return renderGreenThreads(data as unknown as GreenThreadsData);
    case 'processes':
      return renderProcesses(data as unknown as ProcessesData);
    case 'in_flight':
      return renderInFlight(data as unknown as InFlightData);
    case 'configuration':
      return renderConfiguration(data as unknown as ConfigurationData);
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
    ['node options', nodeOptions as unknown as Value],
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
