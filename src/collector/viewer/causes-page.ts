import { type Cause, CauseGroups, firstClause, isCrash } from '../causes.js';
import type { StoredReport } from '../reports.js';
import { renderFilters } from './filter-form.js';
import { type Html, html } from './html.js';
import { showCount, showMain, showTime } from './page.js';
import { isNarrow, matchFields, matchWords, type Query, toAddress } from './query.js';

const MAX_ROWS = 150;
const BARS = 24;
const [BAR_WIDTH, BAR_HEIGHT] = [5, 24];
const MAX_SERVICES = 3;

/** One row a cause: those of busy and stuck processes first, then by the number of reports. @param reports in any order */
export function renderCauses(reports: readonly StoredReport[], query: Query, nowMs: number): Html {
  const [inFields, hasWords] = [matchFields(query, nowMs), matchWords(query.q)];
  const found = isNarrow(query) ? reports.filter((report) => inFields(report) && hasWords(report)) : reports;
  const groups = isNarrow(query) ? new CauseGroups() : groupsOf(reports);
  const causes = groups.learn(found).list().sort(compare);
  const times = causes.flatMap(({ first, last }) => [first.time, last.time]).sort();
  const ends = listBarEnds(times[0] ?? '', times.at(-1) ?? '');
  const rows = causes.slice(0, MAX_ROWS).map((cause) => renderRow(cause, query, ends, nowMs));
  const cut = causes.length > rows.length ? `; the first ${rows.length} are shown` : '';
  return html`<h1>Causes</h1>${renderFilters('/', query, reports)}<div data-live><p class="sum" role="status">${showCount(found.length, 'report')} of ${showCount(
    groups.processes,
    'process',
    'processes',
  )} at ${showCount(causes.length, 'place')}${cut}</p>${
    rows.length === 0
      ? renderNothing(reports.length)
      : html`<table class="rows causes"><thead><tr><th scope="col">where</th><th scope="col">services</th><th scope="col" class="number">reports</th><th scope="col" class="number">processes</th><th scope="col">when</th><th scope="col">first</th><th scope="col">last</th></tr></thead><tbody>${rows}</tbody></table>`
  }</div>`;
}

/** The groups of each list. A list grows at its end. */
const known = new WeakMap<readonly StoredReport[], CauseGroups>();

function groupsOf(reports: readonly StoredReport[]): CauseGroups {
  const groups = known.get(reports) ?? new CauseGroups();
  known.set(reports, groups);
  return groups;
}

export function renderNothing(stored: number): Html {
  return stored === 0
    ? html`<p class="empty">No report yet. A process that runs with <code>--import guru-meditation/register</code> sends one after: <code>kill -USR1 PID</code></p>`
    : html`<p class="empty">No report matches.</p>`;
}

function compare(a: Cause, b: Cause): number {
  const [oneIdle, otherIdle] = [a, b].map(({ last }) => Number(isCalm(last)));
  return (oneIdle ?? 0) - (otherIdle ?? 0) || b.reports.length - a.reports.length || (a.key < b.key ? -1 : 1);
}

function isCalm(report: StoredReport): boolean {
  return report.main === 'idle' && !isCrash(report);
}

/** The times at which each bar ends but the last. */
function listBarEnds(first: string, last: string): readonly string[] {
  const [fromMs, toMs] = [Date.parse(first), Date.parse(last)];
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) return [];
  const widthMs = Math.max(toMs - fromMs, 1) / BARS;
  return Array.from({ length: BARS - 1 }, (_, bar) => new Date(fromMs + (bar + 1) * widthMs).toISOString());
}

function renderRow(
  { reports, first, last, stack, processes, services }: Cause,
  query: Query,
  ends: readonly string[],
  nowMs: number,
): Html {
  const { name, file } = namePlace(last);
  const address =
    stack === '' ? toAddress('/reports', query, { state: last.main }) : toAddress('/reports', query, { stack });
  const only = reports.length === 1 ? `/reports/${last.id}` : address;
  const shown = services.slice(0, MAX_SERVICES);
  return html`<tr data-row><th scope="row" class="where"><a class="name" href="${only}">${name}</a> <code class="file">${file}</code><div>${showMain(last)}${
    last.request === '' ? '' : html` <span class="faint">serving ${last.request}</span>`
  }</div></th><td data-label="services">${shown.map(
    (service, index) =>
      html`${index > 0 ? ', ' : ''}<a href="${toAddress('/', query, { service })}">${service || '(none)'}</a>`,
  )}${services.length > shown.length ? ` and ${services.length - shown.length} more` : ''}</td><td class="number" data-label="reports">${reports.length}</td><td class="number" data-label="processes">${processes}</td><td data-label="when">${renderBars(reports, ends)}</td><td class="nowrap" data-label="first">${showTime(first.time, nowMs)}</td><td class="nowrap" data-label="last"><a href="/reports/${last.id}">${showTime(last.time, nowMs)}</a></td></tr>`;
}

/** The name and the file of a cause: a function and its file; of a crash the error; of an idle process the place where it waits. */
function namePlace(report: StoredReport): { readonly name: string; readonly file: string } {
  const { thrown, top, suspendedPlace, main, verdict } = report;
  const clause = firstClause(verdict);
  const [, place, name] = / at (\S+) in (.+)$/.exec(clause) ?? / at (.+) in (\S+)$/.exec(clause) ?? [];
  if (isCrash(report)) return { name: thrown || clause, file: name ? `${place} in ${name}` : top };
  if (name) return { name, file: place ?? '' };
  if (top !== '') return { name: top.replace(/^.* in /, ''), file: top.replace(/ in .*$/, '') };
  if (suspendedPlace !== '') {
    const [, waiting = suspendedPlace, path = ''] = /^(.*) (\S+)$/.exec(suspendedPlace) ?? [];
    const [, short = path] = /waits for .* at \S+ ([^\s,]+)/.exec(verdict.split('; ')[1] ?? '') ?? [];
    return { name: `waits in ${waiting}`, file: short };
  }
  return { name: main === 'idle' ? 'waits for events' : main || 'unknown', file: '' };
}

/** The number of reports over time, as bars. */
function renderBars(reports: readonly StoredReport[], ends: readonly string[]): Html {
  const counts = new Array<number>(BARS).fill(0);
  // Times of one form are in the order of their texts.
  for (const { time } of reports) {
    let [bar, high] = [0, ends.length];
    while (bar < high) {
      const middle = (bar + high) >> 1;
      if (time >= (ends[middle] ?? '')) bar = middle + 1;
      else high = middle;
    }
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  // One path: a page has hundreds of rows.
  const bars = counts.map((count, index) => {
    const height = Math.max(3, Math.round((BAR_HEIGHT * count) / most));
    return count === 0 ? '' : `M${index * BAR_WIDTH} ${BAR_HEIGHT}v${-height}h${BAR_WIDTH - 1}v${height}z`;
  });
  return html`<svg class="bars" viewBox="0 0 ${BARS * BAR_WIDTH} ${BAR_HEIGHT}" width="${BARS * BAR_WIDTH}" height="${BAR_HEIGHT}" role="img" aria-label="${showCount(reports.length, 'report')} over time, at most ${most} at once"><path d="${bars.join('')}"></path></svg>`;
}
