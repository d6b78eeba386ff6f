import { showAge } from '../../views/duration.js';
import { tellRest } from '../causes.js';
import type { ReportCatalogue } from '../listing.js';
import { compareByTime } from '../order.js';
import type { StoredSpan } from '../spans.js';
import { OWN_ROOT, type TraceFacts } from '../traces.js';
import { type Html, html } from './html.js';
import { showCount, showMain, showTime } from './page.js';
import { readPlace, writePlace } from './query.js';

const ROWS = 100;
const WIDTH = 400;
const BAR_HEIGHT = 10;
const MAX_ATTRIBUTES = 60;
const MAX_DEPTH = 30;
/** Spans of one trace that are shown. */
export const MAX_SPANS = 2000;

/** The traces, newest first. @param isOwn whether those of reports are wanted, and not the applications' */
export function renderTraces(traces: readonly TraceFacts[], isOwn: boolean, before: string, nowMs: number): Html {
  const found = traces.filter(({ name }) => (name === OWN_ROOT) === isOwn);
  const end = readPlace(before);
  const older = end ? found.filter((one) => compareByTime(one, end) < 0) : found;
  const shown = older.slice(-ROWS).reverse();
  const last = shown.at(-1);
  const other = isOwn ? html`<a href="/traces">of applications</a>` : html`<a href="/traces?own=1">of reports</a>`;
  return html`<h1>Traces</h1><div data-live><p class="sum" role="status">${showCount(found.length, 'trace')}${isOwn ? ' of reports' : ' of applications'}; those ${other}</p>${
    shown.length === 0
      ? html`<p class="empty">No span yet: an application sends its own to this port, as OTLP over HTTP.</p>`
      : html`<table class="rows traces"><thead><tr><th scope="col">when</th><th scope="col">trace</th><th scope="col">services</th><th scope="col" class="number">spans</th><th scope="col" class="number">lasted</th><th scope="col">reports</th></tr></thead><tbody>${shown.map((one) => renderRow(one, nowMs))}</tbody></table>`
  }${
    older.length > shown.length && last
      ? html`<p><a rel="next" href="/traces?before=${encodeURIComponent(writePlace(last))}${isOwn ? '&own=1' : ''}">older traces</a></p>`
      : ''
  }</div>`;
}

function renderRow(trace: TraceFacts, nowMs: number): Html {
  const { id, time, endMs, spans, errors, name, services, reports } = trace;
  return html`<tr data-row><td class="nowrap" data-label="when">${showTime(time, nowMs)}</td><th scope="row"><a class="name" href="/traces/${id}">${name || id}</a>${
    errors > 0 ? html` <span class="badge busy">${showCount(errors, 'error')}</span>` : ''
  }</th><td data-label="services">${services.join(', ')}</td><td class="number" data-label="spans">${spans}</td><td class="number nowrap" data-label="lasted">${showLength(endMs - Date.parse(time))}</td><td data-label="reports">${reports.map(
    (one, index) => html`${index > 0 ? ', ' : ''}<a href="/reports/${one}"><code>${one.slice(0, 8)}</code></a>`,
  )}</td></tr>`;
}

/** One trace as a waterfall, and the reports made during it. */
export function renderTrace(id: string, spans: readonly StoredSpan[], reports: ReportCatalogue, nowMs: number): Html {
  // A sender may leave times out.
  const times = spans.flatMap(({ startMs, endMs }) => [startMs, endMs]).filter(isTime);
  const first = times.reduce((least, one) => Math.min(least, one), times[0] ?? 0);
  const last = times.reduce((most, one) => Math.max(most, one), first + 0.001);
  const ids = new Set(spans.flatMap((span) => span.reports));
  if (reports.get(id)) ids.add(id);
  const made = [...ids].flatMap((one) => reports.get(one) ?? []);
  const root = spans.find(({ parentSpanId }) => parentSpanId === '') ?? spans[0];
  const rows = orderSpans(spans).map(({ span, depth }) =>
    renderSpan(
      span,
      depth,
      { first, last },
      made.map(({ time }) => Date.parse(time)),
    ),
  );
  return html`<h1>${root?.name || 'Trace'}</h1><p class="sum">${times.length === 0 ? 'at no known time' : showTime(new Date(first).toISOString(), nowMs)} · ${showCount(spans.length, 'span')} in ${showLength(last - first)} · trace <code>${id}</code>${
    spans.length === MAX_SPANS ? ` · the first ${MAX_SPANS} are shown` : ''
  }</p>${
    made.length === 0
      ? ''
      : html`<h2>${root?.name === OWN_ROOT ? 'Its report' : 'Reports made during it'}</h2><ul class="made">${made.map(
          (one) =>
            html`<li><a href="/reports/${one.id}">${showTime(one.time, nowMs)}</a> ${one.service} pid ${one.process} ${showMain(one)} ${tellRest(one)}</li>`,
        )}</ul>`
  }<table class="waterfall"><thead><tr><th scope="col">span</th><th scope="col">service</th><th scope="col" class="number">lasted</th><th scope="col">from start to end</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** Whether `Date` can hold the time. */
function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms > 0 && ms < 8.64e15;
}

/** Parents before their children. A span whose parent is not there stands at the top. */
function orderSpans(spans: readonly StoredSpan[]): { readonly span: StoredSpan; readonly depth: number }[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map<string, StoredSpan[]>();
  for (const span of spans) {
    const parent = ids.has(span.parentSpanId) && span.parentSpanId !== span.spanId ? span.parentSpanId : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const ordered: { span: StoredSpan; depth: number }[] = [];
  const seen = new Set<StoredSpan>();
  const waiting = (children.get('') ?? []).map((span) => ({ span, depth: 0 })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next.span)) continue;
    seen.add(next.span);
    ordered.push(next);
    const depth = next.depth + 1;
    waiting.push(...(children.get(next.span.spanId) ?? []).map((span) => ({ span, depth })).reverse());
  }
  // Spans that are each other's parents have no top: they are added at the end.
  for (const span of spans) if (!seen.has(span)) ordered.push({ span, depth: 0 });
  return ordered;
}

function renderSpan(
  span: StoredSpan,
  depth: number,
  { first, last }: { readonly first: number; readonly last: number },
  reportsMs: readonly number[],
): Html {
  const toX = (ms: number) => Math.min(WIDTH, Math.max(0, Math.round(((ms - first) / (last - first)) * WIDTH)));
  const [x, end] = [toX(span.startMs), toX(span.endMs)];
  const marks = reportsMs
    .filter((ms) => ms >= span.startMs && ms <= span.endMs)
    .map((ms) => html`<rect class="report" x="${toX(ms)}" y="0" width="2" height="${BAR_HEIGHT}"></rect>`);
  const attributes = [...span.attributes].slice(0, MAX_ATTRIBUTES);
  return html`<tr><th scope="row" class="depth${Math.min(depth, MAX_DEPTH)}">${
    attributes.length === 0
      ? html`${span.name || span.spanId}`
      : html`<details class="fold"><summary>${span.name || span.spanId}</summary><table class="keys"><tbody>${attributes.map(
          ([key, value]) => html`<tr><th scope="row">${key}</th><td>${showValue(value)}</td></tr>`,
        )}</tbody></table></details>`
  }${span.isError ? html` <span class="badge busy">error</span>` : ''}</th><td data-label="service">${span.service}</td><td class="number nowrap" data-label="lasted">${showLength(span.endMs - span.startMs)}</td><td><svg class="age" viewBox="0 0 ${WIDTH} ${BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><rect x="${Math.min(x, WIDTH - 2)}" y="0" width="${Math.max(2, end - x)}" height="${BAR_HEIGHT}"></rect>${marks}</svg></td></tr>`;
}

function showValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function showLength(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '?';
  return ms < 10 ? `${ms.toFixed(2)} ms` : showAge(Math.round(ms));
}
