import { type Html, html } from './html.js';
import { isComplete, listParts, listSections, type StoredReport, type StoredSection } from './reports.js';

/** Which reports are listed. */
export interface Filter {
  /** Words that a report must contain, all of them; '' for any. */
  readonly words: string;
  /** The hash of a stack; '' for any. */
  readonly stack: string;
}

/** Rows of the list. */
const MAX_ROWS = 500;
const BANNER = /^={72}\n====.*\n={72}\n(?:\|{72}\n\n\n)?/;

/** The list of reports, newest first. */
export function renderList(reports: readonly StoredReport[], filter: Filter): Html {
  const found = reports.filter((report) => matches(report, filter)).reverse();
  const alike = countStacks(reports);
  const shown = found.slice(0, MAX_ROWS);
  const narrowed = filter.words !== '' || filter.stack !== '';
  const count = `${found.length} ${found.length === 1 ? 'report' : 'reports'}${narrowed ? ` of ${reports.length}` : ''}`;
  const cut = found.length > shown.length ? `, the newest ${shown.length} shown` : '';
  return renderPage(
    'Reports',
    html`<h1>Guru Meditation Reports</h1><span class="faint">${count}${cut}</span>${
      narrowed ? html`<a href="/">all</a>` : ''
    }<form action="/" method="get" role="search"><input type="search" name="q" value="${filter.words}" placeholder="service, host, state, function" aria-label="words to look for"><button>Find</button></form>`,
    shown.length === 0
      ? html`<p>${
          reports.length === 0
            ? 'No report yet. A process that runs with --import guru-meditation/register sends one after: kill -USR1 PID'
            : 'No report matches.'
        }</p>`
      : html`<table><thead><tr><th>time</th><th>service</th><th>host</th><th>pid</th><th>trigger</th><th>main thread</th><th>innermost frame of the application</th><th>same stack</th></tr></thead><tbody>${shown.map((report) => renderRow(report, alike))}</tbody></table>`,
  );
}

/** One report with its sections in order. @param alike the number of reports with the same stack */
export function renderReport(report: StoredReport, alike: number): Html {
  const { id, service, host, process, trigger, main, stackHash } = report;
  const sections = listSections(report);
  return renderPage(
    `${service} ${id}`,
    html`<h1>${service}@${host} <span class="faint">pid ${process}</span></h1><span>${report.time}</span><span>${trigger}</span>${renderState(main)}<a href="/">all reports</a>`,
    html`<div class="report"><nav aria-label="sections"><ul>${sections.map(renderLink)}</ul><p class="faint">report<br><code>${id}</code></p><p><a href="/reports/${id}.txt">as text</a></p>${
      alike > 1 ? html`<p><a href="/?stack=${stackHash}">${alike} reports with this stack</a></p>` : ''
    }${isComplete(report) ? '' : html`<p class="mark">Some of its records are missing.</p>`}</nav><div>${sections.map(renderSection)}</div></div>`,
  );
}

export function countStacks(reports: readonly StoredReport[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { stackHash } of reports) if (stackHash) counts.set(stackHash, (counts.get(stackHash) ?? 0) + 1);
  return counts;
}

function matches({ time, service, host, process, trigger, main, top, stackHash, id }: StoredReport, filter: Filter) {
  if (filter.stack !== '' && stackHash !== filter.stack) return false;
  const text = [time, service, host, process, trigger, main, top, id].join('\n').toLowerCase();
  return filter.words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function renderRow(report: StoredReport, alike: ReadonlyMap<string, number>): Html {
  const { id, time, service, host, process, trigger, main, top, stackHash } = report;
  const count = alike.get(stackHash) ?? 0;
  return html`<tr><td class="nowrap"><a href="/reports/${id}">${time}</a></td><td>${service}</td><td>${host}</td><td>${process}</td><td class="nowrap">${trigger}</td><td class="nowrap">${renderState(main)}</td><td><code>${top}</code></td><td>${
    count > 1 ? html`<a href="/?stack=${stackHash}">${count}</a>` : ''
  }</td></tr>`;
}

function renderState(main: string): Html {
  return main === 'idle' || main === ''
    ? html`<span class="faint">${main}</span>`
    : html`<span class="mark">${main}</span>`;
}

function renderLink(section: StoredSection, index: number): Html {
  return html`<li><a href="#section-${index}">${titleOf(section)}</a>${renderStatus(section)}</li>`;
}

function renderSection(section: StoredSection, index: number): Html {
  const text = listParts(section)
    .map((body) => body.text ?? '')
    .join('')
    .replace(BANNER, '');
  return html`<section id="section-${index}"><h2>${titleOf(section)}${renderStatus(section)}</h2><pre>${text}</pre></section>`;
}

function titleOf({ title, name }: StoredSection): string {
  return name === 'report' ? 'Report' : title || name;
}

function renderStatus({ status }: StoredSection): Html | '' {
  return status === 'ok' || status === '' ? '' : html` <span class="mark">${status.replace('_', ' ')}</span>`;
}

function renderPage(title: string, header: Html, content: Html): Html {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><link rel="stylesheet" href="/style.css"></head><body><header>${header}</header><main>${content}</main></body></html>`;
}
