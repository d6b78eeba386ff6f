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

/** What it shows came from elsewhere: nothing of it may run, load or be framed, and nothing is left in a cache. */
export const PAGE_HEADERS: { readonly [name: string]: string } = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const REPORT = /^\/reports\/([0-9a-f]{32})(\.txt)?$/;

/** Whether a path is one of the viewer's; `/` only for those who ask for a page. */
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
  if (!report) throw new Refusal(404, 'there is no such report');
  if (asText) return { type: 'text/plain; charset=utf-8', body: escapeControls(joinText(report), { keepLines: true }) };
  const alike = countStacks(await catalogue.list()).get(report.stackHash) ?? 1;
  return page(renderReport(report, alike).markup);
}

function page(body: string): Page {
  return { type: 'text/html; charset=utf-8', body };
}

/** A page elsewhere may link here, and can neither read this one nor have it read all files for a picture. */
function refuseEmbedding(headers: IncomingHttpHeaders): void {
  const { 'sec-fetch-site': from = 'none', 'sec-fetch-mode': mode } = headers;
  if (from === 'none' || from === 'same-origin' || mode === 'navigate') return;
  throw new Refusal(403, 'requests of web pages are not taken');
}
