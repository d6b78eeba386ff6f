import { namePlace } from '../place-name.js';
import type { InFlightRequest } from '../report.js';
import { showAge } from './duration.js';
import { nameRoute } from './route.js';
import { renderTable } from './table.js';
import { chooseTold, isFull, MARK, MAX_TOLD, showCount, showShown, type View } from './view.js';

/**
 * Requests in flight: except in `full`, many are counted by route, and only the oldest ten are listed, with those that main's
 * code runs in.
 */
export function renderRequests(requests: readonly InFlightRequest[], count: number, view: View): string {
  if (isFull(view) || requests.length <= MAX_TOLD)
    return showShown('requests', count, requests.length) + renderTable(requests.map(toRow), [5]);
  const told = chooseTold(requests);
  const routes = countRoutes(requests);
  const rows = routes.slice(0, MAX_TOLD).map(toCountRow);
  const more = routes.length > rows.length ? `… ${showCount(routes.length - rows.length, 'more route')}\n` : '';
  const total = showShown('requests', count, count, requests.length);
  return `${total}${renderTable(rows, [0, 5])}${more}\nthe oldest ${MAX_TOLD}:\n${renderTable(told.map(toRow), [5])}`;
}

interface Route {
  /** The oldest of them. */
  readonly request: InFlightRequest;
  readonly path: string;
  count: number;
}

/** Counts alike requests, the most frequent first. */
function countRoutes(requests: readonly InFlightRequest[]): Route[] {
  const routes = new Map<string, Route>();
  for (const request of requests) {
    const { direction, protocol, method, peer } = request;
    const path = nameRoute(request.path);
    const key = JSON.stringify([
      direction,
      protocol,
      method,
      path,
      direction === 'made' ? peer : '',
      showProgress(request),
    ]);
    const known = routes.get(key);
    if (known) known.count += 1;
    else routes.set(key, { request, path, count: 1 });
  }
  return [...routes.values()].sort((a, b) => b.count - a.count);
}

function toCountRow({ request, path, count }: Route): string[] {
  const { direction, protocol, method, peer, ageMs } = request;
  return [
    String(count),
    direction,
    protocol,
    `${method} ${path}`,
    direction === 'made' && peer !== undefined ? `to ${peer}` : '',
    `${count === 1 ? '' : 'up to '}${showAge(ageMs)}`,
    showProgress(request),
  ];
}

function toRow(request: InFlightRequest): string[] {
  const { active, direction, protocol, method, path, peer, ageMs, trace } = request;
  return [
    active ? MARK : ' ',
    direction,
    protocol,
    `${method} ${path}`,
    peer === undefined ? '' : `${direction === 'served' ? 'from' : 'to'} ${peer}`,
    showAge(ageMs),
    showProgress(request),
    trace ? `trace ${trace.traceId} span ${trace.spanId}` : '',
  ];
}

/** `being handled, waits at loadCart cart.mjs:9`. */
function showProgress({ state, waitsAt }: InFlightRequest): string {
  return waitsAt ? `${state}, waits at ${namePlace(waitsAt)}` : state;
}
