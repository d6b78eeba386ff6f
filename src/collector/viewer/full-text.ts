import { loadReport, type ReportCatalogue } from '../listing.js';
import { compareByTime } from '../order.js';
import { Refusal } from '../refusal.js';
import { joinText, listParts, listSections, type StoredReport } from '../reports.js';
import { renderFilters } from './filter-form.js';
import { type Html, html } from './html.js';
import { type Frame, frame, type Page } from './page.js';
import { escapePattern, matchFields, type Query, readPlace, toAddress, writePlace } from './query.js';
import { renderRow, TABLE_HEAD } from './reports-page.js';

/** Reports found that one page shows; the next page goes on from there. */
const MAX_HITS = 100;
const MAX_SEARCHES = 4;
const REPORTS_A_LOOK = 20;
const MAX_LINE_CHARACTERS = 200;

let searches = 0;

/** Reports with words in the text or the data of any section, newest first, written as they are found. @throws Refusal */
export function searchText(
  about: Frame,
  catalogue: ReportCatalogue,
  query: Query,
  before: string,
  nowMs: number,
): Page {
  if (searches >= MAX_SEARCHES) throw new Refusal(503, 'too many searches at the same time: try again');
  return { type: 'text/html; charset=utf-8', body: writeHits(about, catalogue, query, before, nowMs) };
}

async function* writeHits(
  about: Frame,
  catalogue: ReportCatalogue,
  query: Query,
  before: string,
  nowMs: number,
): AsyncGenerator<string> {
  searches += 1;
  try {
    const page = frame(about);
    yield `${page.before.markup}${html`<h1>Reports</h1>${renderFilters('/reports', query, catalogue.known())}<p class="sum">with ${query.q} in any section, newest first</p>`.markup}<table class="rows reports">${TABLE_HEAD.markup}<tbody>`;
    let hits = 0;
    let last: StoredReport | undefined;
    for await (const hit of findHits(catalogue, query, before, nowMs)) {
      // The reader may have left: then the search ends here.
      if (hit === undefined) {
        yield '';
        continue;
      }
      const { report, excerpt } = hit;
      if (hits === MAX_HITS) {
        last = report;
        break;
      }
      hits += 1;
      yield renderRow(report, query, nowMs, excerpt).markup;
    }
    const next = last
      ? html`<p><a rel="next" href="${toAddress('/reports', query, { before: `${writePlace(last)}!` })}">older reports</a></p>`
      : html``;
    yield `</tbody></table>${html`<p class="sum">${hits === 0 ? 'No report has these words.' : `${hits} found`}</p>${next}`.markup}${page.after.markup}`;
  } finally {
    searches -= 1;
  }
}

interface Hit {
  readonly report: StoredReport;
  readonly excerpt: Html;
}

/** Yields undefined now and then while nothing is found: the search can then be ended. */
async function* findHits(
  catalogue: ReportCatalogue,
  query: Query,
  before: string,
  nowMs: number,
): AsyncGenerator<Hit | undefined> {
  let looked = 0;
  const words = query.q.split(/\s+/).filter(Boolean);
  // Data is searched as JSON, which writes some characters in another way.
  const inText = words.map(
    (word) => new RegExp([word, JSON.stringify(word).slice(1, -1)].map(escapePattern).join('|'), 'i'),
  );
  // Of the words only what every sender writes as it is: some write `é`, `<` or `/` as an escape.
  const inLine = words
    .flatMap((word) => word.match(/[\w.:-]+/g) ?? [])
    .map((part) => new RegExp(escapePattern(part), 'i'));
  const isWanted = matchFields(query, nowMs);
  const first = readPlace(before.replace('!', ''));
  for (const report of [...catalogue.list()].reverse()) {
    if (first && compareByTime(first, report) < 0) continue;
    if (!isWanted(report)) continue;
    looked += 1;
    if (looked % REPORTS_A_LOOK === 0) yield undefined;
    const lines: string[] = [];
    for await (const line of catalogue.readLines(report.id)) lines.push(line);
    if (!inLine.every((pattern) => lines.some((line) => pattern.test(line)))) continue;
    const loaded = await loadReport(catalogue, report.id);
    const excerpt = loaded && findExcerpt(loaded, inText);
    if (excerpt) yield { report, excerpt };
  }
}

/** The first line with the first word, if each word is somewhere in the report. */
function findExcerpt(report: StoredReport, patterns: readonly RegExp[]): Html | undefined {
  const sections = listSections(report);
  const titles = sections.map(({ title, name }) => title || name);
  const bodies = sections.map((section) => {
    const data = listParts(section).map((part) => JSON.stringify(part.data) ?? '');
    return `${joinText(section)}\n${data.join('\n')}`;
  });
  if (!patterns.every((pattern) => bodies.some((body) => pattern.test(body)))) return undefined;
  const [first = /^/] = patterns;
  const at = bodies.findIndex((body) => first.test(body));
  const body = bodies[at] ?? '';
  const found = first.exec(body);
  if (!found) return undefined;
  const start = Math.max(body.lastIndexOf('\n', found.index) + 1, found.index - MAX_LINE_CHARACTERS / 2);
  const end = found.index + found[0].length;
  const lineEnd = body.indexOf('\n', end);
  const stop = Math.min(lineEnd < 0 ? body.length : lineEnd, end + MAX_LINE_CHARACTERS / 2);
  return html`<div class="excerpt"><span class="faint">${titles[at] ?? ''}:</span> <code>${body.slice(start, found.index)}<mark>${found[0]}</mark>${body.slice(end, stop)}</code></div>`;
}
