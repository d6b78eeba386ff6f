import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { escapeControls } from '../../views/escape.js';
import { Gate } from '../gate.js';
import { loadReport, type ReportCatalogue } from '../listing.js';
import { printJson, printStored } from '../print.js';
import { Refusal } from '../refusal.js';
import type { StoredReport } from '../reports.js';
import { loadTrace, type TraceCatalogue } from '../traces.js';
import { renderCauses } from './causes-page.js';
import { renderCompare } from './compare-page.js';
import { searchText } from './full-text.js';
import { html } from './html.js';
import { type Frame, type Page, toPage } from './page.js';
import { type Processes, renderProcesses } from './processes-page.js';
import { readQuery } from './query.js';
import { renderReport } from './report-page.js';
import { renderReports } from './reports-page.js';
import { ICON, SCRIPT } from './script.js';
import { STYLE } from './style.js';
import { MAX_SPANS, renderTrace, renderTraces } from './traces-page.js';

/** The sources of the pages. */
export interface Content {
  readonly reports: ReportCatalogue;
  readonly traces: TraceCatalogue;
  /** Undefined if the viewer is reached from other machines. */
  readonly processes: Processes | undefined;
}

/** Milliseconds that a page waits if there is much to read. It then shows the reports that are known, and says so. */
const PATIENCE_MS = 40;
/** Milliseconds that it waits for reports that have just come, on a busy machine. */
const MOST_MS = 5000;
/** A line may have 31 MiB, and is parsed for each reader. */
const reads = new Gate(4, 100);
const REPORT = /^\/reports\/([0-9a-f]{32})(\.txt|\.json)?$/;
const TRACE = /^\/traces\/([0-9a-f]{32})$/;
const PROCESS = /^\/processes\/(\d{1,8})$/;
const ROOTS = ['/style.css', '/script.js', '/icon.svg', '/reports', '/traces', '/processes', '/compare', '/events'];

/** Whether a path belongs to the viewer; `/` does if the client asks for HTML. */
export function isPage(path: string, headers: IncomingHttpHeaders): boolean {
  if (path === '/') return wantsHtml(headers);
  return ROOTS.includes(path) || /^\/(?:reports|traces|processes)\//.test(path);
}

export function wantsHtml({ accept = '' }: IncomingHttpHeaders): boolean {
  return accept.includes('text/html');
}

/** The files that need no token: they contain nothing of a report. */
export function findAsset(path: string): Page | undefined {
  if (path === '/style.css') return { type: 'text/css; charset=utf-8', body: STYLE };
  if (path === '/script.js') return { type: 'text/javascript; charset=utf-8', body: SCRIPT };
  if (path === '/icon.svg') return { type: 'image/svg+xml', body: ICON };
  return undefined;
}

/** Reads the reports and renders the first lists, to fill their caches: with 100,000 reports that takes a tenth of a second. */
export async function prepare({ reports }: Content): Promise<void> {
  await reports.refresh();
  const query = readQuery(new URLSearchParams());
  renderCauses(reports.known(), query, Date.now());
  renderReports(reports, query, '', Date.now());
}

/** @throws Refusal */
export async function answerPage(request: IncomingMessage, url: URL, content: Content): Promise<Page> {
  const { reports, traces, processes } = content;
  const nowMs = Date.now();
  const { pathname, searchParams } = url;
  const before = searchParams.get('before') ?? '';
  if (pathname.startsWith('/processes')) return answerProcesses(request, pathname, processes);
  if (pathname.startsWith('/traces')) {
    const note = await catchUp(traces, 'traces');
    const [, id] = TRACE.exec(pathname) ?? [];
    if (id === undefined && pathname !== '/traces') throw new Refusal(404, 'no such trace');
    await catchUp(reports, 'reports');
    if (id === undefined) {
      const isOwn = searchParams.has('own');
      return toPage({ title: 'Traces', place: '/traces', ...note }, renderTraces(traces.list(), isOwn, before, nowMs));
    }
    const spans = await reads.run(() => loadTrace(traces, id, MAX_SPANS));
    if (spans.length === 0) throw new Refusal(404, 'no span of that trace has come');
    return toPage({ title: `Trace ${id}`, place: '', ...note }, renderTrace(id, spans, reports, nowMs));
  }
  const note = await catchUp(reports, 'reports');
  const query = readQuery(searchParams);
  const about = (title: string, place: Frame['place']): Frame => ({ title, place, ...note });
  if (pathname === '/') return toPage(about('Causes', '/'), renderCauses(reports.known(), query, nowMs));
  if (pathname === '/reports') {
    if (query.isFullText && query.q !== '')
      return searchText(about('Reports', '/reports'), reports, query, before, nowMs);
    return toPage(about('Reports', '/reports'), renderReports(reports, query, before, nowMs));
  }
  if (pathname === '/compare') {
    const [first, second] = [searchParams.get('before'), searchParams.get('after')];
    return toPage(about('Compared', ''), renderCompare(await load(reports, first), await load(reports, second)));
  }
  const [, id, form] = REPORT.exec(pathname) ?? [];
  const report = await load(reports, id);
  if (form === '.txt') return toText(report, searchParams.get('section'), searchParams.has('download'));
  if (form === '.json') return { type: 'application/json', body: printJson(report) };
  const title = `${report.service} ${report.id}`;
  return toPage(about(title, ''), renderReport(report, reports.list(), nowMs));
}

async function load(reports: ReportCatalogue, id: string | null | undefined): Promise<StoredReport> {
  if (!id) throw new Refusal(404, 'no such report');
  // The page also shows other reports of its process and of its cause.
  await catchUp(reports, 'reports');
  // At the start its file may not have been looked at.
  if (!reports.get(id)) await reports.refresh();
  const report = await reads.run(() => loadReport(reports, id));
  if (!report) throw new Refusal(404, 'no such report');
  return report;
}

/** Reads what has just come. @returns a note if there is so much to read that the page does not wait for it */
async function catchUp(catalogue: ReportCatalogue | TraceCatalogue, name: string): Promise<{ readonly note?: string }> {
  const late = Symbol('late');
  const refreshed = catalogue.refresh();
  for (let waitedMs = 0; waitedMs < MOST_MS; waitedMs += PATIENCE_MS) {
    if ((await Promise.race([refreshed, pause(PATIENCE_MS, late)])) !== late) return {};
    if (catalogue.isBehind) break;
  }
  return { note: `The ${name} are still being read: the list is not complete.` };
}

function answerProcesses({ method }: IncomingMessage, path: string, processes: Processes | undefined): Page {
  const about = { title: 'Processes', place: '/processes' } as const;
  if (path === '/processes') return toPage(about, renderProcesses(processes));
  const [, pid] = PROCESS.exec(path) ?? [];
  if (pid === undefined) throw new Refusal(404, 'no such process');
  if (method !== 'POST') throw new Refusal(405, 'expected POST', { allow: 'POST' });
  if (!processes?.ask) throw new Refusal(403, 'this viewer asks no process: gmr collect --allow-kill');
  return toPage(about, renderProcesses(processes, processes.ask(Number(pid))));
}

/** @param name of the sections that are wanted; null for all */
function toText(report: StoredReport, name: string | null, isDownload: boolean): Page {
  const text = printStored(report, 'text', name === null ? [] : [name]);
  const disposition = `attachment; filename="report-${report.id}.txt"`;
  return {
    type: 'text/plain; charset=utf-8',
    body: escapeControls(text, { keepLines: true }),
    ...(isDownload ? { headers: { 'content-disposition': disposition } } : {}),
  };
}

/** An error as a page. */
export function toErrorPage(refusal: Refusal): Page {
  const content = html`<h1>${refusal.status}</h1><p>${refusal.message}</p><p><a href="/">to the causes</a></p>`;
  return toPage({ title: `${refusal.status}`, place: '' }, content, refusal.status);
}
