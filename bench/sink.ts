import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A collector that takes everything, and tells when it has taken which report. */
export interface Sink {
  readonly url: string;
  readonly port: number;
  /** Resolves with the time, by `performance.now()`, at which the next request with log records had come. */
  untilTaken(): Promise<number>;
  /** The same for the log records of this report, also if they have come before. */
  untilReport(id: string): Promise<number>;
  close(): void;
}

const REPORT_ID = /"gmr\.report\.id","value":\{"stringValue":"([0-9a-f]{32})"/g;

/** On any free port of 127.0.0.1. */
export async function openSink(): Promise<Sink> {
  const takenMs = new Map<string, number>();
  let listeners: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json').end('{}');
      if (request.url !== '/v1/logs') return;
      const body = Buffer.concat(chunks);
      const json = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
      for (const [, id = ''] of json.matchAll(REPORT_ID)) if (!takenMs.has(id)) takenMs.set(id, performance.now());
      for (const listener of listeners.splice(0)) listener();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const next = () => new Promise<void>((taken) => listeners.push(taken));
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async untilTaken() {
      await next();
      return performance.now();
    },
    async untilReport(id) {
      for (;;) {
        const known = takenMs.get(id);
        if (known !== undefined) return known;
        await next();
      }
    },
    close() {
      listeners = [];
      server.close();
      server.closeAllConnections();
    },
  };
}
