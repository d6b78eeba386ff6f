import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingProxy {
  readonly url: string;
  /** When each request had come, by `performance.now()`. */
  readonly arrivedMs: readonly number[];
  /** The most that came within any second. */
  peakPerSecond(): number;
  close(): Promise<void>;
}

/** Passes every request on to a collector, and takes note of when it came. */
export async function startCountingProxy(collector: string): Promise<CountingProxy> {
  const arrivedMs: number[] = [];
  const server = createServer((incoming, response) => {
    arrivedMs.push(performance.now());
    const { method, headers, url } = incoming;
    const onward = request(new URL(url ?? '/', collector), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivedMs,
    peakPerSecond() {
      const within = (fromMs: number) => arrivedMs.filter((ms) => ms >= fromMs && ms < fromMs + 1000).length;
      return Math.max(0, ...arrivedMs.map(within));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
