import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Arrivals, type Counts, watchArrivals } from './arrivals.js';
import { type Memory, withJson } from './body.js';
import { type Catalogue, openCatalogue } from './catalogue.js';
import { countItems, type Signal } from './otlp.js';
import { Refusal } from './refusal.js';
import type { StoredReport } from './reports.js';
import type { Store } from './store.js';
import { isLoopback, refuseStrangers } from './strangers.js';
import { answerPage, isPage, PAGE_HEADERS, type Page } from './viewer.js';

export interface CollectorOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly store: Store;
  /** A report is whole. */
  onReport(report: StoredReport): void;
  /** Something that its user should know; the same is told once until it is over. */
  onTrouble(sentence: string): void;
}

export interface Collector {
  readonly url: string;
  readonly counts: Readonly<Counts>;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 1000;
const HEADERS_TIMEOUT_MS = 10_000;
/** The whole request, headers and body. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;

const SIGNALS: { readonly [path: string]: Signal } = { '/v1/logs': 'logs', '/v1/traces': 'traces' };

interface Context extends CollectorOptions {
  readonly arrivals: Arrivals;
  readonly memory: Memory;
  readonly catalogue: Catalogue;
  /** What was last told of, while it lasts. */
  trouble: string;
}

/** Listens for OTLP/HTTP with JSON bodies, and shows what it has stored. @throws the system's error, such as EADDRINUSE. */
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
  server.on('error', (error) => tellTrouble(context, String(error)));
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  return { url, counts: arrivals.counts, close: () => stop(server) };
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  try {
    const said = await answer(request, context);
    if (typeof said === 'string') respond(response, 200, said);
    else respond(response, 200, said.body, { ...PAGE_HEADERS, 'content-type': said.type });
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(503, 'not taken: an error of the collector');
    if (refusal !== error) tellTrouble(context, `a request was not taken: ${String(error)}`);
    respond(response, refusal.status, refusal.toBody(), refusal.headers);
  }
}

async function answer(request: IncomingMessage, context: Context): Promise<string | Page> {
  refuseStrangers(request.headers, context.host);
  const [path = ''] = (request.url ?? '/').split('?');
  if (isPage(path, request.headers)) {
    expectMethod(request, ['GET', 'HEAD']);
    // There is no authentication: beyond this machine, anyone who reaches the port would read them.
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
    tellTrouble(context, `requests cannot be stored: ${(error as Error).message}`);
    throw new Refusal(503, 'not taken: it could not be stored');
  }
  for (const report of context.arrivals.note(signal, value, items)) context.onReport(report);
  return '{}';
}

function count(signal: Signal, value: unknown): number {
  try {
    return countItems(signal, value);
  } catch (error) {
    throw new Refusal(400, `no OTLP ${signal}: ${(error as Error).message}`);
  }
}

function expectMethod({ method = '' }: IncomingMessage, expected: readonly string[]): void {
  if (expected.includes(method)) return;
  const allow = expected.join(', ');
  throw new Refusal(405, `method ${method}: expected ${allow}`, { allow });
}

function tellTrouble(context: Context, sentence: string): void {
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
