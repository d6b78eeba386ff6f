import type { ClientRequest } from 'node:http';
import type { Http2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { readClockMs } from '../../clock.js';
import type { InFlightRequest } from '../../report.js';
import { MADE_REQUEST } from '../../request-marks.js';
import { Given } from './given.js';
import type { OldestRequests } from './oldest-requests.js';
import { findHeader, pathOf } from './request.js';
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
  list(found: OldestRequests): void;
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

  const sweep = () => {
    entries = entries.filter(isOpen);
    sweepAt = Math.max(FIRST_SWEEP, entries.length * 2);
  };
  const add = <T extends object>(
    id: number,
    target: T,
    isOver: (target: T) => boolean,
    describe: (target: T) => Description,
  ) => {
    Marked.mark(target, { [MADE_REQUEST]: id, state: QUEUED });
    entries.push({ id, startMs: readClockMs(), target: new WeakRef(target), isOver, describe });
    if (entries.length > sweepAt) sweep();
  };

  return {
    addHttp: (request, id) => add(id, request, ({ destroyed }) => destroyed, describeHttp),
    addFetch: (request, id) =>
      add(
        id,
        request,
        ({ completed, aborted }) => completed === true || aborted === true,
        (open) => describeFetch(open, Marked.of(open)?.state ?? QUEUED),
      ),
    sendFetch: (request) => setState(request, SENT),
    answerFetch: (request) => setState(request, ANSWERED),
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
    list(found) {
      sweep();
      for (const { id, startMs, target, describe } of entries) {
        if (found.wants(startMs, id)) found.add({ id, startMs, describe: () => describe(target.deref() as never) });
      }
    },
  };
}

function isOpen({ target, isOver }: Entry): boolean {
  const open = target.deref();
  return open !== undefined && !isOver(open as never);
}

/** On a request: the agent finds its number in memory. */
interface Mark {
  readonly [MADE_REQUEST]: number;
  /** Of a request of undici: others have a state of their own. */
  state: string;
}

class Marked extends Given {
  #mark: Mark;
  private constructor(request: object, mark: Mark) {
    super(request);
    this.#mark = mark;
  }
  /** A request that cannot be marked is listed all the same. */
  static mark(request: object, mark: Mark): void {
    try {
      new Marked(request, mark);
    } catch {}
  }
  static of(request: object): Mark | undefined {
    return #mark in request ? request.#mark : undefined;
  }
}

function setState(request: UndiciRequest, state: string): void {
  const mark = Marked.of(request);
  if (mark) mark.state = state;
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
