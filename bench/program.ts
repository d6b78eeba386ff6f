/** The program that is measured: an HTTP server that also holds connections open, spins and times itself on request. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import process from 'node:process';
import type { Autorun } from 'guru-meditation';

export type Order =
  | { readonly kind: 'arm' | 'disarm' }
  /** Starts an empty worker thread, and answers with the time that this took on the main thread. */
  | { readonly kind: 'worker' }
  /** Answers with the CPU time of the process so far, in milliseconds. */
  | { readonly kind: 'cpu' }
  | { readonly kind: 'connect'; readonly count: number }
  /** Spins, and answers with the longest time for which it was stopped. */
  | { readonly kind: 'spin'; readonly ms: number }
  /** Starts so many spans that do not end, and answers with the bytes of heap that they take. Wants --expose-gc. */
  | { readonly kind: 'spans'; readonly count: number; readonly api: string }
  /** Writes Node's own report, the network excluded, and answers with how long that took. */
  | { readonly kind: 'report' };

const held: unknown[] = [];
const server: Server = createServer((_, response) => response.end('hello'));
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.on('message', (order: Order) => void obey(order, port));
  process.send?.({ port, startMs: Number(process.env.ARMED_MS ?? 0), rssBytes: process.memoryUsage.rss() });
});

async function obey(order: Order, port: number): Promise<void> {
  if (order.kind === 'connect') await openConnections(port, order.count);
  process.send?.({ ms: await measure(order) });
}

async function measure(order: Order): Promise<number> {
  if (order.kind === 'arm') return arm();
  if (order.kind === 'disarm') return disarm();
  if (order.kind === 'worker') return startWorker();
  if (order.kind === 'cpu') return readCpuMs();
  if (order.kind === 'spans') return holdSpans(order.count, order.api);
  if (order.kind === 'spin') return spin(order.ms);
  return order.kind === 'report' ? report() : 0;
}

let armed: Autorun | undefined;

async function arm(): Promise<number> {
  const { setupAutorun } = await import('guru-meditation');
  armed = setupAutorun();
  await armed.ready;
  return 0;
}

async function disarm(): Promise<number> {
  await armed?.close();
  armed = undefined;
  return 0;
}

function startWorker(): number {
  const startMs = performance.now();
  // Loaded here: a program that has no workers has not loaded it either.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  held.push(new Worker('setInterval(() => {}, 1e6)', { eval: true }));
  return performance.now() - startMs;
}

function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function holdSpans(count: number, api: string): Promise<number> {
  const { trace } = (await import(api)).default as {
    trace: { getTracer(name: string): { startSpan(name: string): unknown } };
  };
  const tracer = trace.getTracer('bench');
  const spans: unknown[] = new Array(count);
  const collect = (globalThis as unknown as { gc(): void }).gc;
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < count; n += 1) spans[n] = tracer.startSpan('never ended');
  // An object that a job refers to weakly is held until the job ends.
  await new Promise((turned) => setImmediate(turned));
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  held.push(spans);
  return bytes;
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
