import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readJson } from './body.js';
import { countItems, readRecords, type Signal } from './otlp.js';
import { Refusal } from './refusal.js';
import { addRecord, isComplete, type StoredReport } from './reports.js';
import type { Store } from './store.js';

export interface CollectorOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly store: Store;
  /** A report is whole. */
  onReport(report: StoredReport): void;
  /** Something that its user should know. */
  onTrouble(sentence: string): void;
}

export interface Collector {
  readonly url: string;
  close(): Promise<void>;
}

/** Reports whose records are remembered until the last has come; after that the oldest is forgotten. */
const MAX_OPEN_REPORTS = 200;
const MAX_CONNECTIONS = 1000;

/** Listens for OTLP/HTTP with JSON bodies. @throws the system's error, such as EADDRINUSE. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const open = new Map<string, StoredReport>();
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 60_000 });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => {
    answer(request, options, open).then(
      (body) => respond(response, 200, body),
      (error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(503, 'not taken: an error of the collector');
        if (!(error instanceof Refusal)) options.onTrouble(`a request was not taken: ${String(error)}`);
        // What is left of the body is not read, so the connection is of no more use.
        if (!request.complete) response.setHeader('connection', 'close');
        respond(response, refusal.status, refusal.toBody());
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.onTrouble(String(error)));
  const { address, port, family } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, close: () => stop(server) };
}

async function answer(
  request: IncomingMessage,
  options: CollectorOptions,
  open: Map<string, StoredReport>,
): Promise<string> {
  refuseStrangers(request, options.host);
  const [path] = (request.url ?? '/').split('?');
  if (path === '/healthz' && (request.method === 'GET' || request.method === 'HEAD')) return '{}';
  const signal: Signal | undefined = path === '/v1/logs' ? 'logs' : path === '/v1/traces' ? 'traces' : undefined;
  if (!signal) throw new Refusal(404, 'this collector knows /v1/logs and /v1/traces');
  if (request.method !== 'POST') throw new Refusal(405, `${request.method}: only POST is taken here`);
  const body = await readJson(request);
  try {
    countItems(signal, body);
  } catch (error) {
    throw new Refusal(400, `no OTLP ${signal}: ${(error as Error).message}`);
  }
  try {
    await options.store.append(signal, body);
  } catch (error) {
    options.onTrouble(`a request could not be stored: ${(error as Error).message}`);
    throw new Refusal(503, 'not taken: it could not be stored');
  }
  if (signal === 'logs') noteReports(body, open, options.onReport);
  return '{}';
}

/** A page in a browser may send requests to loopback: by a name of its own, or with an Origin. */
function refuseStrangers(request: IncomingMessage, host: string): void {
  if (request.headers.origin !== undefined) throw new Refusal(403, 'requests from web pages are not taken');
  const named = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const isLoopback = /^(localhost|127(\.\d+){3}|::1)$/.test(named);
  // Bound to more than loopback, it is reached by names that only its user knows.
  const boundToLoopback = /^(localhost|127(\.\d+){3}|::1)$/.test(host);
  if (boundToLoopback && !isLoopback) throw new Refusal(403, `host ${named}: expected a loopback name`);
}

function noteReports(body: unknown, open: Map<string, StoredReport>, onReport: (report: StoredReport) => void): void {
  const touched = new Set<StoredReport>();
  for (const record of readRecords(body)) {
    const report = addRecord(open, record);
    if (report) touched.add(report);
  }
  for (const report of touched) {
    if (!isComplete(report)) continue;
    onReport(report);
    // Kept without its bodies, so that records that come again are known.
    for (const section of report.sections.values())
      for (const part of section.bodies.keys()) section.bodies.set(part, {});
  }
  for (const id of open.keys()) {
    if (open.size <= MAX_OPEN_REPORTS) break;
    open.delete(id);
  }
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
  response.end(body);
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
