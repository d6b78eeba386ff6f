import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Arrivals, type Counts, watchArrivals } from './arrivals.js';
import { type Memory, withJson } from './body.js';
import { type Catalogue, openCatalogue } from './catalogue.js';
import { isLoopback, refuseForeignOrigin } from './origin.js';
import { countItems, type Signal } from './otlp.js';
import { Refusal } from './refusal.js';
import type { StoredReport } from './reports.js';
import type { Store } from './store.js';
import { answerPage, isPage, PAGE_HEADERS, type Page } from './viewer.js';

export interface CollectorOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly store: Store;
  /** Called when a report is complete. */
  onReport(report: StoredReport): void;
  /** Called with a sentence for the user; not again with the same one while the trouble lasts. */
  onTrouble(sentence: string): void;
}

export interface Collector {
  readonly url: string;
  readonly counts: Readonly<Counts>;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 1000;
const HEADERS_TIMEOUT_MS = 10_000;
/** For headers and body together. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;

const SIGNALS: { readonly [path: string]: Signal } = { '/v1/logs': 'logs', '/v1/traces': 'traces' };

interface Context extends CollectorOptions {
  readonly arrivals: Arrivals;
  readonly memory: Memory;
  readonly catalogue: Catalogue;
  /** The last sentence for `onTrouble`, while the trouble lasts. */
  trouble: string;
}

/** Listens for OTLP/HTTP with JSON bodies, and serves the viewer. @throws the system's error, such as EADDRINUSE */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const arrivals = watchArrivals();
  const catalogue = openCatalogue(options.store.directory, () => arrivals.counts.logRecords);
  const context: Context = { ...options, arrivals, catalogue, memory: { heldBytes: 0 }, trouble: '' };
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => void serve(request, response, context));
  await listen(server, options);
  server.on('error', (error) => reportTrouble(context, String(error)));
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  return { url, counts: arrivals.counts, close: () => stop(server) };
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  try {
    const answered = await answer(request, context);
    if (typeof answered === 'string') respond(response, 200, answered);
    else respond(response, 200, answered.body, { ...PAGE_HEADERS, 'content-type': answered.type });
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(503, 'not taken: an error of the collector');
    if (refusal !== error) reportTrouble(context, `a request was not taken: ${String(error)}`);
    respond(response, refusal.status, refusal.toBody(), refusal.headers);
  }
}

async function answer(request: IncomingMessage, context: Context): Promise<string | Page> {
  refuseForeignOrigin(request.headers, context.host);
  const [path = ''] = (request.url ?? '/').split('?');
  if (isPage(path, request.headers)) {
    expectMethod(request, ['GET', 'HEAD']);
    // There is no authentication: on another address, anyone in the network could read the reports.
    if (!isLoopback(context.host)) throw new Refusal(403, 'reports are shown on a loopback address only');
    return answerPage(new URL(request.url ?? '/', 'http://localhost'), request.headers, context.catalogue);
  }
  if (path === '/' || path === '/healthz') {
    expectMethod(request, ['GET', 'HEAD']);
    return JSON.stringify({ status: 'ok', ...context.arrivals.counts });
  }
  const signal = Object.hasOwn(SIGNALS, path) ? SIGNALS[path] : undefined;
  if (!signal) throw new Refusal(404, `expected ${Object.keys(SIGNALS).join(', ')} or /healthz`);
  expectMethod(request, ['POST']);
  return withJson(request, context.memory, (text, value) => take(signal, text, value, context));
}

async function take(signal: Signal, text: string, value: unknown, context: Context): Promise<string> {
  const items = count(signal, value);
  if (items === 0) return '{}';
  try {
    await context.store.append(signal, text);
    context.trouble = '';
  } catch (error) {
    reportTrouble(context, `requests cannot be stored: ${(error as Error).message}`);
    throw new Refusal(503, 'not taken: it could not be stored');
  }
  for (const report of await context.arrivals.add(signal, value, items)) context.onReport(report);
  return '{}';
}

function count(signal: Signal, value: unknown): number {
  try {
    return countItems(signal, value);
  } catch (error) {
    throw new Refusal(400, `not OTLP ${signal}: ${(error as Error).message}`);
  }
}

function expectMethod({ method = '' }: IncomingMessage, expected: readonly string[]): void {
  if (expected.includes(method)) return;
  const allow = expected.join(', ');
  throw new Refusal(405, `method ${method}: expected ${allow}`, { allow });
}

function reportTrouble(context: Context, sentence: string): void {
  if (sentence === context.trouble) return;
  context.trouble = sentence;
  context.onTrouble(sentence);
}

function respond(
  response: ServerResponse,
  status: number,
  body: string,
  headers: { readonly [name: string]: string } = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}

function listen(server: Server, { host, port }: CollectorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
