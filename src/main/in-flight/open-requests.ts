import type { ClientRequest } from 'node:http';
import type { Http2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { InFlightRequest } from '../../report.js';
import { findHeader, type OpenRequest, pathOf } from './request.js';
import { parseTraceparent } from './traceparent.js';

/** Requests that this process has made, and those of HTTP/2 in both directions. None is held: garbage is over. */
export interface OpenRequests {
  addHttp(request: ClientRequest, id: number): void;
  /** A request of undici, which `fetch` is made of. */
  addFetch(request: UndiciRequest, id: number): void;
  answerFetch(request: UndiciRequest): void;
  addHttp2(direction: 'served' | 'made', stream: Http2Stream, headers: Http2Headers, id: number): void;
  list(): OpenRequest[];
}

export interface UndiciRequest {
  readonly origin?: unknown;
  readonly path?: unknown;
  readonly method?: unknown;
  /** Name, value, …; one text in old versions. */
  readonly headers?: unknown;
  readonly completed?: boolean;
  readonly aborted?: boolean;
}
export type Http2Headers = { readonly [name: string]: unknown };

type Description = Omit<InFlightRequest, 'active' | 'ageMs'>;
interface Entry {
  readonly id: number;
  readonly startMs: number;
  readonly target: WeakRef<object>;
  /** Both hold nothing of the target. */
  readonly isOver: (target: never) => boolean;
  readonly describe: (target: never) => Description;
}

/** Looks for those that are over when there are twice as many as were open at the last look. */
const FIRST_SWEEP = 64;

export function createOpenRequests(): OpenRequests {
  let entries: Entry[] = [];
  let sweepAt = FIRST_SWEEP;
  const answered = new WeakSet<UndiciRequest>();

  const sweep = () => {
    entries = entries.filter(({ target, isOver }) => {
      const open = target.deref();
      return open !== undefined && !isOver(open as never);
    });
    sweepAt = Math.max(FIRST_SWEEP, entries.length * 2);
  };
  const add = <T extends object>(
    id: number,
    target: T,
    isOver: (target: T) => boolean,
    describe: (target: T) => Description,
  ) => {
    entries.push({ id, startMs: performance.now(), target: new WeakRef(target), isOver, describe });
    if (entries.length > sweepAt) sweep();
  };

  return {
    addHttp: (request, id) => add(id, request, ({ destroyed }) => destroyed, describeHttp),
    addFetch: (request, id) =>
      add(
        id,
        request,
        ({ completed, aborted }) => completed === true || aborted === true,
        (open) => describeFetch(open, answered.has(open)),
      ),
    answerFetch: (request) => void answered.add(request),
    addHttp2(direction, stream, headers, id) {
      const trace = parseTraceparent(headers.traceparent);
      const made = headers[':authority'];
      const about = { method: String(headers[':method'] ?? 'GET'), path: pathOf(headers[':path']) };
      add(
        id,
        stream,
        (open) => open.destroyed || open.closed,
        (open) => {
          const { remoteAddress, remotePort } = open.session?.socket ?? {};
          const peer = direction === 'made' && made ? String(made) : `${remoteAddress}:${remotePort}`;
          const sent = (open as Http2Stream & { headersSent?: boolean }).headersSent;
          const state = direction === 'served' ? (sent ? 'being answered' : 'being handled') : 'open';
          return { direction, protocol: 'http2', ...about, peer, state, ...(trace ? { trace } : {}) };
        },
      );
    },
    list() {
      sweep();
      return entries.map(({ id, startMs, target, describe }) => ({
        id,
        startMs,
        describe: () => describe(target.deref() as never),
      }));
    },
  };
}

function describeHttp(request: ClientRequest): Description {
  const trace = parseTraceparent(request.getHeader('traceparent'));
  const answer = (request as ClientRequest & { res?: unknown }).res;
  const state = request.socket?.connecting === false ? 'waiting for an answer' : 'connecting';
  return {
    direction: 'made',
    protocol: 'http',
    method: request.method,
    path: pathOf(request.path),
    peer: String(request.getHeader('host') ?? request.host),
    state: answer ? 'reading the answer' : state,
    ...(trace ? { trace } : {}),
  };
}

function describeFetch(request: UndiciRequest, answered: boolean): Description {
  const { headers } = request;
  const raw = Array.isArray(headers) ? headers : String(headers ?? '').split(/\r\n|: /);
  const trace = parseTraceparent(findHeader(raw, 'traceparent'));
  return {
    direction: 'made',
    protocol: 'fetch',
    method: String(request.method),
    path: pathOf(request.path),
    peer: String(request.origin ?? '').replace(/^[a-z]+:\/\//, ''),
    state: answered ? 'reading the answer' : 'waiting for an answer',
    ...(trace ? { trace } : {}),
  };
}
