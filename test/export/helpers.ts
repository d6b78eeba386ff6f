import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Delivery } from '../../src/export/delivery.js';
import type { DeliveryOptions } from '../../src/export/delivery-options.js';
import type { PlainSection, Report, Section, Value } from '../../src/report.js';
import { findFreePort } from '../ports.js';

export interface AnyValue {
  stringValue?: string;
  intValue?: number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: AnyValue[] };
  kvlistValue?: { values: { key: string; value: AnyValue }[] };
}
export interface WireRecord {
  timeUnixNano: string;
  observedTimeUnixNano: string;
  severityNumber: number;
  eventName: string;
  traceId: string;
  spanId: string;
  body: AnyValue;
  attributes: { key: string; value: AnyValue }[];
}
export interface WireRequest {
  resourceLogs: {
    resource: { attributes: { key: string; value: AnyValue }[] };
    scopeLogs: { scope: { name: string; version: string }; logRecords: WireRecord[] }[];
  }[];
}

export interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code: number; message?: string };
  attributes: { key: string; value: AnyValue }[];
  links: { traceId: string; spanId: string; attributes: { key: string; value: AnyValue }[] }[];
  droppedLinksCount: number;
}
export interface WireTraceRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: AnyValue }[] };
    scopeSpans: { scope: { name: string; version: string }; spans: WireSpan[] }[];
  }[];
}

export interface Received {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly text: string;
  /** An empty object for a body in protobuf. */
  readonly json: WireRequest & WireTraceRequest;
}
type Answer = (response: ServerResponse, received: Received, n: number) => void;

export interface Collector {
  readonly url: string;
  readonly port: number;
  readonly requests: Received[];
  /** Connections that were opened. */
  connections(): number;
  answer(next: Answer): void;
  records(): WireRecord[];
  spans(): WireSpan[];
  close(): Promise<void>;
}

export const accept: Answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
export const refuse =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

const open: Collector[] = [];

/** A collector of our own, in this process, that answers as the test says. */
export async function startCollector(answer: Answer = accept, given?: number): Promise<Collector> {
  const port = given ?? (await findFreePort());
  let next = answer;
  let connections = 0;
  const requests: Received[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
      const isJson = request.headers['content-type'] === 'application/json';
      const json = (isJson ? JSON.parse(text) : {}) as Received['json'];
      const received = { request, body, text, json };
      requests.push(received);
      next(response, received, requests.length);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const collector: Collector = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => connections,
    answer: (given) => {
      next = given;
    },
    records: () => requests.flatMap(({ json }) => recordsOf(json)),
    spans: () => requests.flatMap(({ json }) => spansOf(json)),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  open.push(collector);
  return collector;
}

export function recordsOf(request: WireRequest): WireRecord[] {
  return (request.resourceLogs ?? []).flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}

export function spansOf(request: WireTraceRequest): WireSpan[] {
  return (request.resourceSpans ?? []).flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

export interface Watched extends Delivery {
  readonly lines: string[];
  undelivered(): number;
  /** Of these, those on disk. */
  waiting(): number;
  /** Resolves with the first line, said or still to come, that matches. */
  said(pattern: RegExp): Promise<string>;
}

const watched: Watched[] = [];

/** Without traces, unless `OTEL_TRACES_EXPORTER` is given. */
export function startDelivery(environment: Record<string, string>, options: Partial<DeliveryOptions> = {}): Watched {
  const lines: string[] = [];
  const checks = new Set<() => void>();
  let undelivered = 0;
  let waiting = 0;
  for (const [name, value] of Object.entries({ OTEL_TRACES_EXPORTER: 'none', ...environment }))
    process.env[name] = value;
  const delivery = new Delivery({
    resource: { service: 'checkout', version: '1.4.2', argv: ['/usr/bin/node', '/srv/app.js'] },
    version: '0.1.0',
    mask: (text) => text.replaceAll('hunter2', '***'),
    say: (line) => {
      lines.push(line);
      for (const check of checks) check();
    },
    counters: {
      addWaiting: (delta) => {
        waiting += delta;
      },
      addUndelivered: (delta) => {
        undelivered += delta;
      },
    },
    ...options,
  });
  const send = delivery.send.bind(delivery);
  const one: Watched = Object.assign(delivery, {
    lines,
    /** Counts the report first, as the agent does. */
    send(...args: Parameters<typeof send>) {
      undelivered += 1;
      return send(...args);
    },
    undelivered: () => undelivered,
    waiting: () => waiting,
    said: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        const check = () => {
          const line = lines.find((said) => pattern.test(said));
          if (line === undefined) return;
          checks.delete(check);
          resolve(line);
        };
        checks.add(check);
        check();
      }),
  });
  watched.push(one);
  return one;
}

/** After each test: nothing that was opened or set stays. */
export async function cleanUp(): Promise<void> {
  await Promise.all(watched.splice(0).map((delivery) => delivery.close(0)));
  await Promise.all(open.splice(0).map((collector) => collector.close()));
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
}

export function makeSection(name: string, data: Value, more: Partial<PlainSection> = {}): Section {
  const spanId = randomBytes(8).toString('hex');
  return { name, title: name, status: 'ok', spanId, startMs: 1000, endMs: 1001, data, ...more } as Section;
}

export function makeReport(sections: readonly Section[] = [makeSection('package', { product: 'checkout' })]): Report {
  return {
    id: randomBytes(16).toString('hex'),
    timeMs: 1_790_000_000_123,
    trigger: { kind: 'signal', signal: 'SIGUSR1', heardBy: 'agent' },
    header: {
      service: 'checkout',
      host: 'web-1',
      process: '42',
      runtime: 'node v20 linux x64',
      uptime: '5 s',
      trigger: 'signal SIGUSR1',
      main: 'running JavaScript',
      notes: [],
    },
    sections,
  };
}

export function attributesOf(record: WireRecord): Record<string, string | number | boolean | undefined> {
  return Object.fromEntries(
    record.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]),
  );
}

/** OTLP's AnyValue back as a value; throws at one that no collector would read. */
export function fromAnyValue(value: AnyValue): Value {
  const [kind, ...more] = Object.keys(value);
  if (more.length > 0) throw new Error(`two kinds: ${JSON.stringify(value)}`);
  switch (kind) {
    case undefined:
      return null;
    case 'stringValue':
      return value.stringValue ?? '';
    case 'boolValue':
      return value.boolValue === true;
    case 'intValue':
      if (!Number.isSafeInteger(value.intValue)) throw new Error(`no integer: ${JSON.stringify(value)}`);
      return value.intValue ?? 0;
    case 'doubleValue':
      if (!Number.isFinite(value.doubleValue)) throw new Error(`no double: ${JSON.stringify(value)}`);
      return value.doubleValue ?? 0;
    case 'arrayValue':
      return (value.arrayValue?.values ?? []).map(fromAnyValue);
    case 'kvlistValue':
      return Object.fromEntries(
        (value.kvlistValue?.values ?? []).map(({ key, value: item }) => [key, fromAnyValue(item)]),
      );
    default:
      throw new Error(`unknown kind: ${kind}`);
  }
}
