/** The program that is measured: an HTTP server that also holds connections open, spins and times itself on request. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import process from 'node:process';

export type Order =
  | { readonly kind: 'connect'; readonly count: number }
  /** Spins, and answers with the longest time for which it was stopped. */
  | { readonly kind: 'spin'; readonly ms: number }
  /** Writes Node's own report, the network excluded, and answers with how long that took. */
  | { readonly kind: 'report' };

const server: Server = createServer((_, response) => response.end('hello'));
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.on('message', (order: Order) => void obey(order, port));
  process.send?.({ port, startMs: Number(process.env.ARMED_MS ?? 0), rssBytes: process.memoryUsage.rss() });
});

async function obey(order: Order, port: number): Promise<void> {
  if (order.kind === 'connect') await openConnections(port, order.count);
  process.send?.({ ms: order.kind === 'spin' ? spin(order.ms) : order.kind === 'report' ? report() : 0 });
}

async function openConnections(port: number, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise<void>((open) => connect(port, '127.0.0.1', () => open()));
}

function spin(ms: number): number {
  const startMs = performance.now();
  let last = startMs;
  let longest = 0;
  while (last - startMs < ms) {
    const now = performance.now();
    if (now - last > longest) longest = now - last;
    last = now;
  }
  return longest;
}

function report(): number {
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  report.excludeNetwork = true;
  const startMs = performance.now();
  report.getReport();
  return performance.now() - startMs;
}
