import type { ClientRequest } from 'node:http';
import type { Http2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { InFlightRequest } from '../../report.js';
import { findHeader, type OpenRequest, pathOf } from './request.js';
import { parseTraceparent } from './traceparent.js';

/**
 * Requests that this process has made, and those of HTTP/2 in both directions. It holds weak references: a collected
 * request is over.
 */
export interface OpenRequests {
  addHttp(request: ClientRequest, id: number): void;
  /** A request of undici, which `fetch` is made of. */
  addFetch(request: UndiciRequest, id: number): void;
  /** It has got a connection: until then it waits in the queue of its pool. */
  sendFetch(request: UndiciRequest): void;
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
  /** Both must not refer to the target. */
  readonly isOver: (target: never) => boolean;
  readonly describe: (target: never) => Description;
}

const QUEUED = 'waiting for a connection';
const SENT = 'waiting for an answer';
const ANSWERED = 'reading the answer';

/** Finished requests are removed when there are twice as many entries as were open at the last sweep. */
const FIRST_SWEEP = 64;

export function createOpenRequests(): OpenRequests {
  let entries: Entry[] = [];
  let sweepAt = FIRST_SWEEP;
  const sent = new WeakSet<UndiciRequest>();
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
        (open) => describeFetch(open, answered.has(open) ? ANSWERED : sent.has(open) ? SENT : QUEUED),
      ),
    sendFetch: (request) => void sent.add(request),
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
  const { res: answer, socket } = request as ClientRequest & { res?: unknown; socket: Socket | null };
  // Its agent gives it a socket as soon as there may be one.
  const state = !socket ? QUEUED : socket.connecting ? 'connecting' : request.writableEnded ? SENT : 'being sent';
  return {
    direction: 'made',
    protocol: 'http',
    method: request.method,
    path: pathOf(request.path),
    peer: String(request.getHeader('host') ?? request.host),
    state: answer ? ANSWERED : state,
    ...(trace ? { trace } : {}),
  };
}

function describeFetch(request: UndiciRequest, state: string): Description {
  const { headers } = request;
  const raw = Array.isArray(headers) ? headers : String(headers ?? '').split(/\r\n|: /);
  const trace = parseTraceparent(findHeader(raw, 'traceparent'));
  return {
    direction: 'made',
    // Only `fetch` sends this header; `undici.request`, its pools and clients do not.
    protocol: findHeader(raw, 'sec-fetch-mode') === undefined ? 'undici' : 'fetch',
    method: String(request.method),
    path: pathOf(request.path),
    peer: String(request.origin ?? '').replace(/^[a-z]+:\/\//, ''),
    state,
    ...(trace ? { trace } : {}),
  };
}
