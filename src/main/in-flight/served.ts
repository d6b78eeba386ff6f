import { executionAsyncId } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readClockMs } from '../../clock.js';
import type { SpanReference } from '../../report.js';
import { Given } from './given.js';
import type { OldestRequests } from './oldest-requests.js';
import { findHeader, type OpenRequest, pathOf } from './request.js';
import { parseTraceparent } from './traceparent.js';

/**
 * Requests that HTTP/1 servers of this process are answering.
 * A request costs a few writes to fields of its connection, and nothing when it ends: Node itself keeps the response
 * that a socket waits for (`_httpMessage`), and once it is gone the request is over. Only pipelined requests, which
 * wait behind another one, are noted one by one. All references are weak.
 */
export interface ServedRequests {
  /** Called when a request has arrived on the socket; `id` is the request's. */
  start(socket: Socket, response: ServerResponse, id: number): void;
  /** The span that the application has just started for the request that has just come. */
  link(span: SpanReference): void;
  list(found: OldestRequests): void;
  /** The id of the request whose handler has this async id. */
  handledBy(asyncId: number): number | undefined;
}

interface Served {
  id: number;
  startMs: number;
  /** The async id of its handler, until the handler's first `await`. */
  asyncId: number;
  span: SpanReference | undefined;
}
interface Connection extends Served {
  pipelined: (Served & { readonly response: WeakRef<ServerResponse> })[] | undefined;
}

/** Closed connections are removed when there are twice as many entries as were open at the last sweep. */
const FIRST_SWEEP = 256;

export function createServedRequests(): ServedRequests {
  let sockets: WeakRef<Socket>[] = [];
  let sweepAt = FIRST_SWEEP;
  let last: Served | undefined;

  const meet = (socket: Socket): Connection => {
    const connection = { id: 0, startMs: 0, asyncId: 0, span: undefined, pipelined: undefined };
    Known.mark(socket, connection);
    sockets.push(new WeakRef(socket));
    if (sockets.length > sweepAt) {
      sockets = sockets.filter((ref) => ref.deref()?.destroyed === false);
      sweepAt = Math.max(FIRST_SWEEP, sockets.length * 2);
    }
    return connection;
  };

  /** Each that is open. */
  const visit = (take: (served: Served, socket: Socket, response: ServerResponse) => void) => {
    for (const ref of sockets) {
      const socket = ref.deref();
      const connection = socket && Known.of(socket);
      if (!connection || socket.destroyed) continue;
      const head = answeredOn(socket);
      const waiting = connection.pipelined;
      if (!waiting) {
        if (isOpen(head)) take(connection, socket, head);
        continue;
      }
      const headOf = waiting.find((one) => one.response.deref() === head) ?? connection;
      if (isOpen(head)) take(headOf, socket, head);
      for (const one of waiting) {
        const response = one.response.deref();
        if (one !== headOf && isOpen(response)) take(one, socket, response);
      }
    }
  };

  return {
    start(socket, response, id) {
      const connection = Known.of(socket) ?? meet(socket);
      let served: Served = connection;
      // Node gives the socket to the response only after this.
      if ((answeredOn(socket) ?? response) !== response) {
        const waiting = connection.pipelined?.filter((one) => isOpen(one.response.deref())) ?? [];
        served = { id, startMs: 0, asyncId: 0, span: undefined };
        connection.pipelined = [...waiting, Object.assign(served, { response: new WeakRef(response) })];
      }
      served.id = id;
      served.startMs = readClockMs();
      served.asyncId = executionAsyncId();
      served.span = undefined;
      last = served;
    },
    link(span) {
      if (last && !last.span && last.asyncId === executionAsyncId()) last.span = span;
    },
    list(found) {
      visit((served, socket, response) => {
        if (found.wants(served.startMs, served.id)) found.add(toOpenRequest(served, socket, response));
      });
    },
    handledBy(asyncId) {
      let id: number | undefined;
      visit((served) => {
        if (served.asyncId === asyncId) id ??= served.id;
      });
      return id;
    },
  };
}

function toOpenRequest(served: Served, socket: Socket, response: ServerResponse): OpenRequest {
  const { id, startMs, span } = served;
  const describe = () => {
    const request = response.req as IncomingMessage & { originalUrl?: unknown };
    const trace = parseTraceparent(findHeader(request.rawHeaders, 'traceparent')) ?? span;
    const peer = socket.remoteAddress;
    const state = response.headersSent ? 'being answered' : isArriving(request) ? 'being received' : 'being handled';
    return {
      direction: 'served' as const,
      protocol: 'http' as const,
      method: String(request.method),
      path: pathOf(request.originalUrl ?? request.url),
      ...(peer === undefined ? {} : { peer: `${peer}:${socket.remotePort}` }),
      state: response.writableEnded ? 'answered, not yet sent' : state,
      ...(trace ? { trace } : {}),
    };
  };
  return { id, startMs, ...(span ? { span } : {}), describe };
}

/** A request without a body is complete when its handler is called, though Node does not say so yet. */
function isArriving({ complete, rawHeaders }: IncomingMessage): boolean {
  if (complete) return false;
  const length = findHeader(rawHeaders, 'content-length');
  return (length !== undefined && length !== '0') || findHeader(rawHeaders, 'transfer-encoding') !== undefined;
}

/** The response that a socket is busy with; Node's own field, in all its lines. */
function answeredOn(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

function isOpen(response: ServerResponse | undefined): response is ServerResponse {
  return response !== undefined && !response.writableFinished && !response.destroyed;
}

/** Keeps the connection's data on its socket: a WeakMap would cost each request ten times as much. */
class Known extends Given {
  #connection: Connection;
  private constructor(socket: Socket, connection: Connection) {
    super(socket);
    this.#connection = connection;
  }
  static mark(socket: Socket, connection: Connection): void {
    new Known(socket, connection);
  }
  static of(socket: object): Connection | undefined {
    return #connection in socket ? socket.#connection : undefined;
  }
}
