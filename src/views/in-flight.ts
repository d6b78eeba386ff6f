import type { InFlightData, InFlightRequest, InFlightSpan } from '../report.js';
import { renderSubtitle } from './banner.js';
import { showAge } from './duration.js';
import { escapeControls } from './escape.js';
import { showScalar } from './key-values.js';
import { renderTable } from './table.js';

const MARK = '*';
const MAX_ATTRIBUTES_CHARACTERS = 500;

/** The In Flight section: requests, then spans as a tree, oldest first; what main's code runs in has a mark. */
export function renderInFlight(data: InFlightData): string {
  const { known, requests, requestCount, spans, spanCount, active, note } = data;
  const parts: string[] = [];
  if (known && requestCount === 0 && spanCount === 0)
    parts.push('nothing: no request and no span has begun and not ended\n');
  if (requestCount > 0) {
    parts.push(`${renderSubtitle('Requests')}\n${showCount('requests', requestCount, requests.length)}`);
    parts.push(`${renderTable(requests.map(toRow), [5])}\n`);
  }
  if (spanCount > 0) {
    parts.push(`${renderSubtitle('Spans')}\n${showCount('spans', spanCount, spans.length)}${renderSpans(spans)}\n`);
  }
  const marked = [...requests, ...spans].some((one) => one.active);
  if (marked) parts.push(`${MARK} the main thread's code runs in it\n`);
  if (active && !spans.some((span) => span.active))
    parts.push(
      `the main thread's code runs in span ${active.spanId} of trace ${active.traceId}, which is not recorded\n`,
    );
  if (note !== undefined) parts.push(`note = ${escapeControls(note)}\n`);
  return parts.join('');
}

function toRow(request: InFlightRequest): string[] {
  const { active, direction, protocol, method, path, peer, state, ageMs, trace } = request;
  return [
    active ? MARK : ' ',
    direction,
    protocol,
    `${method} ${path}`,
    peer === undefined ? '' : `${direction === 'served' ? 'from' : 'to'} ${peer}`,
    showAge(ageMs),
    state,
    trace ? `trace ${trace.traceId} span ${trace.spanId}` : '',
  ];
}

/** A span whose parent is shown stands beneath it. */
function renderSpans(spans: readonly InFlightSpan[]): string {
  const ids = new Set(spans.map((span) => span.spanId));
  const children = new Map<string, InFlightSpan[]>();
  const roots: InFlightSpan[] = [];
  for (const span of spans) {
    const { spanId, parentSpanId } = span;
    if (parentSpanId === undefined || parentSpanId === spanId || !ids.has(parentSpanId)) roots.push(span);
    else children.set(parentSpanId, [...(children.get(parentSpanId) ?? []), span]);
  }
  const shown = new Set<InFlightSpan>();
  const lines: string[] = [];
  // Not by recursion: a chain may be long. What is left are circles, which only broken ids make.
  for (const root of [...roots, ...spans]) {
    const open: [InFlightSpan, number][] = [[root, 0]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [span, depth] = next;
      if (shown.has(span)) continue;
      shown.add(span);
      lines.push(renderSpan(span, depth));
      const below = children.get(span.spanId) ?? [];
      open.push(...below.map((child): [InFlightSpan, number] => [child, depth + 1]).reverse());
    }
  }
  return lines.join('');
}

function renderSpan(span: InFlightSpan, depth: number): string {
  const { active, name, kind, ageMs, traceId, spanId, attributes } = span;
  const indent = '  '.repeat(Math.min(depth, 20));
  const line = `${active ? MARK : ' '} ${indent}${name}  ${kind}, ${showAge(ageMs)}, trace ${traceId} span ${spanId}`;
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${showScalar(key, value)}`);
  if (pairs.length === 0) return `${escapeControls(line)}\n`;
  const text = escapeControls(pairs.join(' '));
  const more = text.length - MAX_ATTRIBUTES_CHARACTERS;
  const cut =
    more > 0
      ? `${text.slice(0, MAX_ATTRIBUTES_CHARACTERS).toWellFormed()}… [${more} characters more in the data]`
      : text;
  return `${escapeControls(line)}\n  ${indent}    ${cut}\n`;
}

function showCount(what: string, count: number, shown: number): string {
  return `${what} = ${count}${shown < count ? `, the oldest ${shown} shown` : ''}\n`;
}
