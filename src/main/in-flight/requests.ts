import { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, ServerResponse } from 'node:http';
import type { Http2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { readClockMs } from '../../clock.js';
import type { RequestFact } from '../../main-facts.js';
import type { SpanReference } from '../../report.js';
import { REQUEST_STORE } from '../../request-marks.js';
import { quietly } from '../quietly.js';
import { OldestRequests } from './oldest-requests.js';
import { createOpenRequests, type Http2Headers, type UndiciRequest } from './open-requests.js';
import type { OpenRequest } from './request.js';
import { createServedRequests } from './served.js';

export interface RequestWatch {
  /** The span that the application has just started for the request that has just come. */
  link(span: SpanReference): void;
  /** The number of the request that the caller's code serves, if it is known. */
  active(): number | undefined;
  read(active: number | undefined): { readonly requests: readonly RequestFact[]; readonly count: number };
  /** A sentence on requests that cannot be seen. */
  note(): string | undefined;
  close(): void;
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** Requests that a report shows, oldest first. */
const MAX_SHOWN = 200;

/**
 * Requests that are served and made, from Node's own diagnostics channels; nothing is loaded for it.
 * The request that the running code serves is in an AsyncLocalStorage if that costs nothing: on Nodes whose async
 * context is V8's own (24 on). On older ones it would slow down every promise: there the request is known until the
 * handler's first `await`.
 */
export function watchRequests(): RequestWatch {
  const served = createServedRequests();
  const open = createOpenRequests();
  const own = Object.assign(new AsyncLocalStorage<number>(), { [REQUEST_STORE]: true });
  const store = 'enabled' in own ? undefined : own;
  let id = 0;

  const channels: { readonly [name: string]: (message: never) => void } = {
    'http.server.request.start': ({ socket, response }: { socket: Socket; response: ServerResponse }) => {
      id += 1;
      served.start(socket, response, id);
      store?.enterWith(id);
    },
    [tellsCreation() ? 'http.client.request.created' : 'http.client.request.start']: ({
      request,
    }: {
      request: ClientRequest;
    }) => open.addHttp(request, ++id),
    'undici:request:create': ({ request }: { request: UndiciRequest }) => open.addFetch(request, ++id),
    'undici:client:sendHeaders': ({ request }: { request: UndiciRequest }) => open.sendFetch(request),
    'undici:request:headers': ({ request }: { request: UndiciRequest }) => open.answerFetch(request),
    'http2.server.stream.created': ({ stream, headers }: { stream: Http2Stream; headers: Http2Headers }) => {
      open.addHttp2('served', stream, headers, ++id);
      store?.enterWith(id);
    },
    'http2.client.stream.created': ({ stream, headers }: { stream: Http2Stream; headers: Http2Headers }) =>
      open.addHttp2('made', stream, headers, ++id),
  };
  const subscribed = Object.entries(channels).map(([name, take]) => {
    // An error of a subscriber would end the process. No function is made for each request.
    const listener = (message: unknown) => {
      try {
        take(message as never);
      } catch {}
    };
    subscribe(name, listener);
    return { name, listener };
  });
  return {
    link: (span) => served.link(span),
    active() {
      if (store) return store.getStore();
      const asyncId = executionAsyncId();
      return asyncId === 0 ? undefined : served.handledBy(asyncId);
    },
    read(active) {
      const oldest = new OldestRequests(MAX_SHOWN, active);
      served.list(oldest);
      open.list(oldest);
      const requests = oldest.list().flatMap((request) => quietly(() => describe(request)) ?? []);
      return { requests, count: oldest.count };
    },
    note: () =>
      seesHttp2() ? undefined : 'requests of HTTP/2 are not seen: Node has channels for them from 22.17 and 24.2 on',
    close() {
      for (const { name, listener } of subscribed) unsubscribe(name, listener);
      store?.disable();
    },
  };
}

function describe(request: OpenRequest): RequestFact {
  const { id, startMs, span } = request;
  const ageMs = Math.max(0, Math.round(readClockMs() - startMs));
  return { id, ageMs, ...(span ? { span } : {}), ...request.describe() };
}

/** Only this channel tells of a request that waits for a socket of its agent; it is there from Node 22.12 on. */
function tellsCreation(): boolean {
  return major > 22 || (major === 22 && minor >= 12);
}

/** True as well if the program has not loaded `node:http2`. */
function seesHttp2(): boolean {
  if (major > 24 || (major === 24 && minor >= 2) || (major === 22 && minor >= 17)) return true;
  const loaded = (process as { moduleLoadList?: readonly string[] }).moduleLoadList;
  return loaded?.includes('NativeModule http2') !== true;
}
