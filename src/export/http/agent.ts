import { Agent, type AgentOptions, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction, TcpNetConnectOpts } from 'node:net';
import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Tls } from './certificates.js';
import { describeError, describeStatus, type Failure } from './failure.js';
import type { Names } from './names.js';
import { type Body, readBody, readMessage } from './response.js';

/** Observes the requests of one export. */
export interface Watch {
  /** Called at the start of each; returns false if it is not to be sent. */
  started(request: ClientRequest): boolean;
  failed(failure: Failure): void;
  answered(body: Body): void;
}

export interface AgentSettings {
  readonly url: string;
  readonly gzip: boolean;
  readonly tls: Tls;
  readonly names: Names;
  readonly readWatch: () => Watch | undefined;
}

/** The answer was cut off: it may have said that something was rejected. */
export const CUT_OFF: Failure = { reason: 'connection closed in the middle of the answer', retryable: true };
/** The server had closed an idle connection: that is not a failure, and the request is sent again on a new connection. */
export const STALE: Failure = { reason: 'connection closed without an answer', retryable: true };

/** The other side has closed the connection: found when reading, or while the request was written. */
const CLOSED: readonly (string | undefined)[] = ['ECONNRESET', 'EPIPE'];
/** If a host has several addresses, the next one is tried after this time. */
const NEXT_ADDRESS_MS = 1000;

/**
 * The HTTP agent of an official exporter: it looks names up and compresses without the thread pool, and sees each request.
 * Node's HTTP client calls the agent's `addRequest` with every request.
 */
export function createAgent({ url, gzip, tls, names, readWatch }: AgentSettings): Agent {
  const { hostname, protocol } = new URL(url);
  const connection: Partial<TcpNetConnectOpts> = {
    lookup: toLookup(names),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
  };
  const options: AgentOptions = { keepAlive: true, ...connection };
  const agent = protocol === 'https:' ? new HttpsAgent({ ...options, ...tls }) : new Agent(options);
  const internals = agent as unknown as { addRequest: (request: ClientRequest, ...rest: unknown[]) => void };
  const addRequest = internals.addRequest.bind(agent);
  internals.addRequest = (request, ...rest) => {
    const watch = readWatch();
    if (watch?.started(request) !== true) {
      request.destroy(new Error('no longer wanted'));
      return;
    }
    // The exporter has set its own time-out by then, and its body is still to come.
    request.once('pipe', (body: Readable) => {
      request.setTimeout(0);
      if (gzip) sendCompressed(request, body);
    });
    watchRequest(request, watch, (address) => names.remember(hostname, address));
    addRequest(request, ...rest);
  };
  return agent;
}

function toLookup(names: Names): LookupFunction {
  return (name, { all }, done) => {
    names.find(name).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first = { address: '', family: 4 }] = found;
        if (all) done(null, found);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    );
  };
}

/** Synchronous: a request is bounded in size, and asynchronous zlib uses the thread pool. */
function sendCompressed(request: ClientRequest, body: Readable): void {
  const chunks: Buffer[] = [];
  body.unpipe(request);
  body
    .on('data', (chunk: Buffer) => void chunks.push(chunk))
    .on('end', () => {
      if (request.destroyed) return;
      request.setHeader('Content-Encoding', 'gzip');
      request.end(gzipSync(Buffer.concat(chunks)));
    });
}

function watchRequest(request: ClientRequest, watch: Watch, onAddress: (address: string) => void): void {
  request.on('error', (error: NodeJS.ErrnoException) => {
    const isStale = request.reusedSocket && CLOSED.includes(error.code);
    watch.failed(isStale ? STALE : describeError(error));
  });
  request.on('response', (response) => {
    const { statusCode = 0, statusMessage, headers, socket } = response;
    if (socket.remoteAddress !== undefined) onAddress(socket.remoteAddress);
    const chunks: Buffer[] = [];
    // The exporter ends an answer of more than 4 MiB, and calls that a failure.
    response.on('data', (chunk: Buffer) => void chunks.push(chunk));
    response.on('end', () => {
      const body = readBody(Buffer.concat(chunks), headers);
      if (statusCode <= 299) watch.answered(body);
      else watch.failed(describeStatus(statusCode, statusMessage, readMessage(body), headers));
    });
    // The exporter looks at the status alone; the body, which is cut off, may have named items that were rejected.
    response.on('error', () => {
      if (statusCode <= 299) watch.failed(CUT_OFF);
    });
  });
}
