import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Refusal } from './refusal.js';
import type { Tls } from './tls.js';

/** An address to listen on. */
export interface Address {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

interface Options {
  /** Without it there is no encryption. */
  readonly tls?: Tls | undefined;
  /** Called with a sentence for the user. */
  onTrouble(sentence: string): void;
}

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const MAX_CONNECTIONS = 1000;
const HEADERS_TIMEOUT_MS = 10_000;
/** For headers and body together. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;

/**
 * Starts a server with limits on connections and time-outs. A `Refusal` of `serve` is answered with its status, another error
 * with 503.
 *
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen({ host, port }: Address, { tls, onTrouble }: Options, serve: Serve): Promise<Server> {
  const options = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  };
  const server = tls
    ? createTlsServer({ ...options, ...tls.options, handshakeTimeout: HEADERS_TIMEOUT_MS })
    : createServer(options);
  if (server instanceof TlsServer) tls?.renew(server, onTrouble);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => void answer(request, response, serve, onTrouble));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => onTrouble(String(error)));
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  serve: Serve,
  onTrouble: (sentence: string) => void,
): Promise<void> {
  try {
    await serve(request, response);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(503, 'not taken: the collector failed');
    if (refusal !== error) onTrouble(`a request was not taken: ${String(error)}`);
    if (response.headersSent) return void response.destroy();
    response.writeHead(refusal.status, {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      ...refusal.headers,
    });
    response.end(refusal.toBody());
  }
}

/** The address that it listens on: `http://127.0.0.1:4318`. */
export function toUrl(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `${server instanceof TlsServer ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** @returns a function that passes a sentence on, unless it is the last one again */
export function tellOnce(onTrouble: (sentence: string) => void): (sentence: string) => void {
  let last = '';
  return (sentence) => {
    if (sentence !== last && sentence !== '') onTrouble(sentence);
    last = sentence;
  };
}
