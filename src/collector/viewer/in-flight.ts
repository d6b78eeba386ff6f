import { baseName } from '../../base-name.js';
import { showAge } from '../../views/duration.js';
import { nameRoute } from '../../views/route.js';
import { type Html, html } from './html.js';
import { type Data, listOf, mapOf, numberOf, textOf } from './shape.js';

const MAX_ROWS = 60;
const WIDTH = 300;
const BAR_HEIGHT = 10;

interface Bar {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly traceId: string;
  readonly isActive: boolean;
  count: number;
  oldestMs: number;
  youngestMs: number;
}

/** Requests and spans in flight: a bar for each route. Its length is the age of the oldest one. */
export function renderInFlight(data: Data): Html {
  if (data.known === false) return html`<p class="faint">not known: the main thread did not answer</p>`;
  const bars = new Map<string, Bar>();
  for (const one of listOf(data.requests)) {
    const route = `${textOf(one.method)} ${nameRoute(textOf(one.path))}`;
    add(bars, one, route, textOf(one.direction), tellState(one));
  }
  for (const one of listOf(data.spans)) add(bars, one, textOf(one.name), `span, ${textOf(one.kind)}`, '');
  const sorted = [...bars.values()].sort((a, b) => Number(b.isActive) - Number(a.isActive) || b.oldestMs - a.oldestMs);
  const longest = Math.max(...sorted.map(({ oldestMs }) => oldestMs), 1);
  const hidden = sorted.length - MAX_ROWS;
  if (sorted.length === 0) return html`<p class="faint">nothing in the main thread</p>`;
  return html`<p class="faint">${numberOf(data.requestCount)} requests, ${numberOf(data.spanCount)} spans</p><table class="flight"><thead><tr><th scope="col">route</th><th scope="col">kind</th><th scope="col" class="number">count</th><th scope="col" class="number">oldest</th><th scope="col">since (left is older)</th></tr></thead><tbody>${sorted.slice(0, MAX_ROWS).map((bar) => renderBar(bar, longest))}</tbody></table>${
    hidden > 0 ? html`<p class="faint">and ${hidden} more</p>` : ''
  }`;
}

/** The state of a request, with the place where its code waits. */
function tellState({ state, waitsAt }: Data): string {
  const { function: name, file, line } = mapOf(waitsAt);
  const place = textOf(file) === '' ? '' : `, waits at ${textOf(name)} ${baseName(textOf(file))}:${numberOf(line)}`;
  return `${textOf(state)}${place}`;
}

function add(bars: Map<string, Bar>, one: Data, name: string, kind: string, state: string): void {
  const key = JSON.stringify([name, kind, state, one.active === true]);
  const ageMs = numberOf(one.ageMs);
  const bar = bars.get(key);
  if (bar) {
    bar.count += 1;
    bar.oldestMs = Math.max(bar.oldestMs, ageMs);
    bar.youngestMs = Math.min(bar.youngestMs, ageMs);
    return;
  }
  const trace = typeof one.traceId === 'string' ? one : mapOf(one.trace);
  const traceId = /^[0-9a-f]{32}$/.exec(textOf(trace.traceId))?.[0] ?? '';
  bars.set(key, {
    name,
    kind,
    state,
    traceId,
    isActive: one.active === true,
    count: 1,
    oldestMs: ageMs,
    youngestMs: ageMs,
  });
}

function renderBar(bar: Bar, longestMs: number): Html {
  const { name, kind, state, traceId, isActive, count, oldestMs } = bar;
  const width = Math.max(2, Math.round((WIDTH * oldestMs) / longestMs));
  return html`<tr><th scope="row">${isActive ? html`<span class="mark">★<span class="unseen"> main's code runs in it: </span></span> ` : ''}${
    traceId === '' ? name : html`<a href="/traces/${traceId}">${name}</a>`
  } ${state === '' ? '' : html`<span class="faint">${state}</span>`}</th><td data-label="kind">${kind}</td><td class="number" data-label="count">${count}</td><td class="number nowrap" data-label="oldest">${showAge(oldestMs)}</td><td data-label="since"><svg class="age${isActive ? ' active' : ''}" viewBox="0 0 ${WIDTH} ${BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><rect x="${WIDTH - width}" y="0" width="${width}" height="${BAR_HEIGHT}"></rect></svg></td></tr>`;
}
