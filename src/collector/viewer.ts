import type { IncomingHttpHeaders } from 'node:http';
import { escapeControls } from '../views/escape.js';
import type { Catalogue } from './catalogue.js';
import { countStacks, renderList, renderReport } from './pages.js';
import { Refusal } from './refusal.js';
import { joinText } from './reports.js';
import { STYLE } from './style.js';

export interface Page {
  readonly type: string;
  readonly body: string;
}

/** The content came from elsewhere: it must not run, load anything or be framed, and no cache keeps it. */
export const PAGE_HEADERS: { readonly [name: string]: string } = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const REPORT = /^\/reports\/([0-9a-f]{32})(\.txt)?$/;

/** Whether a path belongs to the viewer; `/` does if the client asks for HTML. */
export function isPage(path: string, headers: IncomingHttpHeaders): boolean {
  if (path === '/') return headers.accept?.includes('text/html') ?? false;
  return path === '/style.css' || path.startsWith('/reports/');
}

/** @throws Refusal */
export async function answerPage(url: URL, headers: IncomingHttpHeaders, catalogue: Catalogue): Promise<Page> {
  refuseEmbedding(headers);
  if (url.pathname === '/style.css') return { type: 'text/css; charset=utf-8', body: STYLE };
  if (url.pathname === '/') {
    const filter = { words: url.searchParams.get('q')?.trim() ?? '', stack: url.searchParams.get('stack') ?? '' };
    return page(renderList(await catalogue.list(), filter).markup);
  }
  const [, id, asText] = REPORT.exec(url.pathname) ?? [];
  const report = id === undefined ? undefined : await catalogue.load(id);
  if (!report) throw new Refusal(404, 'no such report');
  if (asText) return { type: 'text/plain; charset=utf-8', body: escapeControls(joinText(report), { keepLines: true }) };
  const alike = countStacks(await catalogue.list()).get(report.stackHash) ?? 1;
  return page(renderReport(report, alike).markup);
}

function page(body: string): Page {
  return { type: 'text/html; charset=utf-8', body };
}

/** Another site may link here; it may not embed a page, not even as a picture: each page reads all files. */
function refuseEmbedding(headers: IncomingHttpHeaders): void {
  const { 'sec-fetch-site': from = 'none', 'sec-fetch-mode': mode } = headers;
  if (from === 'none' || from === 'same-origin' || mode === 'navigate') return;
  throw new Refusal(403, 'requests of web pages are refused');
}
