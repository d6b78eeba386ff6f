import type {
  ConfigurationData,
  GreenThreadsData,
  ProcessesData,
  Report,
  Section,
  ThreadsData,
  Value,
} from '../report.js';
import { renderBanner, renderReportBanner } from './banner.js';
import { escapeControls } from './escape.js';
import { isMap, renderKeyValues, renderValue } from './key-values.js';
import { renderProcesses } from './processes.js';
import { renderGreenThreads, renderThreads } from './threads.js';

/** A report as a person reads it: oslo.reports' look. */
export function renderText(report: Report): string {
  return renderHeader(report) + report.sections.map(renderSection).join('');
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
  const content = text === undefined ? renderData(section.name, data) : renderOwnText(text);
  return `${renderBanner(title)}${failure}${status !== 'ok' && data === null && text === undefined ? '' : content}`;
}

function renderFailure(status: Section['status'], error: string | undefined): string {
  const [first = '', ...rest] = escapeControls(error ?? 'no reason is known', { keepLines: true }).split('\n');
  return `[${status.replace('_', ' ')}: ${first}]\n${rest.map((line) => `  ${line}\n`).join('')}`;
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

/** Printed as it is, but it cannot pass for the beginning of another section or of another report. */
function renderOwnText(text: string): string {
  const lines = escapeControls(text, { keepLines: true })
    .split('\n')
    .map((line) => (/^(={4}|\|{4})/.test(line) ? ` ${line}` : line))
    .join('\n');
  return lines.endsWith('\n') || lines === '' ? lines : `${lines}\n`;
}
