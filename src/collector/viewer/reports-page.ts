import { tellRest } from '../causes.js';
import type { ReportCatalogue } from '../listing.js';
import { compareByTime } from '../order.js';
import { describeSize, isComplete, type StoredReport } from '../reports.js';
import { renderNothing } from './causes-page.js';
import { renderFilters } from './filter-form.js';
import { type Html, html } from './html.js';
import { showCount, showMain, showTime } from './page.js';
import { isNarrow, matchFields, matchWords, type Query, readPlace, toAddress, writePlace } from './query.js';

const ROWS = 100;

/** One page of the list of reports, newest first. @param before the report before the page's first one: `TIME~ID` */
export function renderReports(catalogue: ReportCatalogue, query: Query, before: string, nowMs: number): Html {
  const reports = catalogue.list();
  const [inFields, hasWords] = [matchFields(query, nowMs), matchWords(query.q)];
  const found = isNarrow(query) ? reports.filter((report) => inFields(report) && hasWords(report)) : reports;
  const end = readPlace(before);
  const shown: StoredReport[] = [];
  let more = false;
  for (let index = found.length - 1; index >= 0; index -= 1) {
    const report = found[index] as StoredReport;
    if (end && compareByTime(report, end) >= 0) continue;
    if (shown.length === ROWS) {
      more = true;
      break;
    }
    shown.push(report);
  }
  const last = shown.at(-1);
  const narrowed = isNarrow(query) ? ` of ${reports.length.toLocaleString('en')}` : '';
  return html`<h1>Reports</h1>${renderFilters('/reports', query, catalogue.known())}<div data-live><p class="sum" role="status">${showCount(found.length, 'report')}${narrowed}</p>${
    shown.length === 0 ? renderNothing(reports.length) : renderTable(shown, query, nowMs)
  }${more && last ? html`<p><a rel="next" href="${toAddress('/reports', query, { before: writePlace(last) })}">older reports</a></p>` : ''}</div>`;
}

export const TABLE_HEAD = html`<thead><tr><th scope="col">when</th><th scope="col">main thread</th><th scope="col">service</th><th scope="col">host</th><th scope="col">pid</th><th scope="col">trigger</th></tr></thead>`;

function renderTable(reports: readonly StoredReport[], query: Query, nowMs: number): Html {
  return html`<table class="rows reports">${TABLE_HEAD}<tbody>${reports.map((report) => renderRow(report, query, nowMs))}</tbody></table>`;
}

/** @param extra shown beneath the verdict */
export function renderRow(report: StoredReport, query: Query, nowMs: number, extra: Html = html``): Html {
  const { id, time, service, host, process, trigger, verdict } = report;
  const [, ...others] = verdict.split('; ');
  const link = (changes: Parameters<typeof toAddress>[2], text: string) =>
    text === '' ? '' : html`<a href="${toAddress('/reports', query, changes)}">${text}</a>`;
  return html`<tr data-row><th scope="row" class="nowrap"><a class="name" href="/reports/${id}">${showTime(time, nowMs)}</a></th><td data-label="main thread">${showMain(report)} ${tellRest(report)}${
    isComplete(report) ? '' : html` <span class="badge odd">${describeSize(report)}</span>`
  }${others.length > 0 ? html`<div class="faint">${others.join('; ')}</div>` : ''}${extra}</td><td data-label="service">${link({ service }, service)}</td><td data-label="host">${link({ host }, host)}</td><td data-label="pid">${link({ host, process }, process)}</td><td data-label="trigger" class="nowrap">${link({ trigger }, trigger)}</td></tr>`;
}
