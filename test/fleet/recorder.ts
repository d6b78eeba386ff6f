import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { INDEX, PACKAGE, REGISTER, startNode } from '../process/start.js';

/** The program whose report is recorded; the last two have requests in flight, and `busy` worker threads as well. */
const PROGRAMS = {
  idle: [fileURLToPath(new URL('../apps/fleet.mjs', import.meta.url)), 'idle'],
  spinning: [fileURLToPath(new URL('../apps/fleet.mjs', import.meta.url)), 'pricing'],
  serving: [join(PACKAGE, 'bench', 'shop.mjs'), 'calm'],
  busy: [join(PACKAGE, 'bench', 'shop.mjs'), 'busy'],
} as const;

export type RecordedKind = keyof typeof PROGRAMS;
export const RECORDED_KINDS = Object.keys(PROGRAMS) as RecordedKind[];

/** A request as the agent has sent it. */
export interface RecordedRequest {
  readonly headers: { readonly [name: string]: string };
  /** OTLP JSON. */
  readonly body: string;
  /** Whether it was compressed. */
  readonly gzip: boolean;
}

/** One report of a real process: the request of its log records, and the one of its trace. */
export interface RecordedReport {
  readonly kind: RecordedKind;
  readonly logs: RecordedRequest;
  readonly traces: RecordedRequest;
}

/** Headers that belong to a connection, or to a length. */
const OF_THE_CONNECTION = ['host', 'connection', 'transfer-encoding', 'content-length'];
/** For a machine that others use, too. */
const WAIT_MS = 180_000;
/** For a main thread that spins to answer: the default is for machines with time to spare. */
const DEADLINE_MS = 30_000;

/**
 * Runs a program with the built package, asks it once, and takes the collector's place. `OTEL_EXPORTER_OTLP_COMPRESSION` of
 * this process holds for it.
 */
export async function recordReport(kind: RecordedKind, service: string): Promise<RecordedReport> {
  const received = new Map<string, RecordedRequest>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    if (received.has(path)) throw new Error(`${kind}: a report of one request was expected, ${path} came twice`);
    received.set(path, toRequest(request.headers, Buffer.concat(chunks)));
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { OTEL_EXPORTER_OTLP_COMPRESSION: compression } = process.env;
  const program = startNode(['--import', REGISTER, ...PROGRAMS[kind]], {
    env: {
      OTEL_SERVICE_NAME: service,
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GMR_DEADLINE_MS: String(DEADLINE_MS),
      READY: INDEX,
      ...(compression ? { OTEL_EXPORTER_OTLP_COMPRESSION: compression } : {}),
    },
  });
  try {
    await program.untilStdout(/up/);
    program.kill('SIGUSR2');
    await program.untilStderr(/took \d+ log records/, 1, WAIT_MS);
    await program.untilStderr(/took \d+ spans/, 1, WAIT_MS);
  } finally {
    program.kill('SIGKILL');
    await program.ended;
    server.closeAllConnections();
    server.close();
  }
  const [logs, traces] = [received.get('/v1/logs'), received.get('/v1/traces')];
  if (!logs || !traces) throw new Error(`${kind}: no log records, or no trace, came: ${[...received.keys()]}`);
  return { kind, logs, traces };
}

function toRequest(headers: IncomingHttpHeaders, bytes: Buffer): RecordedRequest {
  const gzip = headers['content-encoding'] === 'gzip';
  const sent = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  return {
    headers: Object.fromEntries(sent.map(([name, value]) => [name, String(value)])),
    body: (gzip ? gunzipSync(bytes) : bytes).toString(),
    gzip,
  };
}
