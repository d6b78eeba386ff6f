import type { InFlightSpan } from '../report.js';
import { showAge } from './duration.js';
import { escapeControls } from './escape.js';
import { showScalar } from './key-values.js';
import { renderTable } from './table.js';
import { chooseTold, isFull, MARK, MAX_TOLD, showCount, showShown, type View } from './view.js';

const MAX_ATTRIBUTES_CHARACTERS = 500;

/**
 * Spans in flight as a tree: except in `full`, many are counted by name, and only the oldest ten are listed, with those that
 * main's code runs in.
 */
export function renderSpans(spans: readonly InFlightSpan[], count: number, view: View): string {
  if (isFull(view) || spans.length <= MAX_TOLD) return showShown('spans', count, spans.length) + renderTree(spans);
  const names = countNames(spans);
  const rows = names.slice(0, MAX_TOLD);
  const more = names.length > rows.length ? `… ${showCount(names.length - rows.length, 'more name')}\n` : '';
  const total = showShown('spans', count, count, spans.length);
  return `${total}${renderTable(rows, [0])}${more}\nthe oldest ${MAX_TOLD}:\n${renderTree(chooseTold(spans))}`;
}

/** Counts alike spans, the most frequent first. */
function countNames(spans: readonly InFlightSpan[]): string[][] {
  const names = new Map<string, { readonly span: InFlightSpan; count: number }>();
  for (const span of spans) {
    const key = JSON.stringify([span.name, span.kind]);
    const known = names.get(key);
    if (known) known.count += 1;
    else names.set(key, { span, count: 1 });
  }
  return [...names.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ span: { name, kind, ageMs }, count }) => [
      String(count),
      name,
      kind,
      `${count === 1 ? '' : 'up to '}${showAge(ageMs)}`,
    ]);
}

/** A span whose parent is shown stands beneath it. */
function renderTree(spans: readonly InFlightSpan[]): string {
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
  // Not by recursion: a chain may be long. Spans that no root leads to are in a circle, which only broken ids make.
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
      ? `${text.slice(0, MAX_ATTRIBUTES_CHARACTERS).toWellFormed()}… [${showCount(more, 'character')} more in the data]`
      : text;
  return `${escapeControls(line)}\n  ${indent}    ${cut}\n`;
}
