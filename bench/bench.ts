/**
 * What a report costs, side by side with Node's own process.report in one run: npm run bench
 *
 * Times are of this machine, at this moment; what can be compared between machines are the ratios.
 */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { measureThroughput, pause } from './load.js';
import { startTarget, type Target } from './target.js';

const ROUNDS = 30;

console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n`);
await benchPause();
await benchText();
await benchCollector();
await benchStart();
await benchThroughput();
await benchTraced();

/** How long one report stops the main thread. */
async function benchPause(): Promise<void> {
  for (const connections of [0, 1000]) {
    const target = await startTarget(true);
    if (connections > 0) await target.ask({ kind: 'connect', count: connections });
    await target.kill();
    const quiet: number[] = [];
    const ours: number[] = [];
    const node: number[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      quiet.push(await target.ask({ kind: 'spin', ms: 60 }));
      const spun = target.ask({ kind: 'spin', ms: 120 });
      await pause(20);
      const printed = target.kill();
      ours.push(await spun);
      await printed;
      node.push(await target.ask({ kind: 'report' }));
    }
    const where = connections === 0 ? 'no connections' : `${connections} connections, both ends`;
    show(`main-thread pause a report, ${where}`, `${ms(ours)}, process.report ${ms(node)}`, {
      'of process.report': median(ours) / median(node),
      'noise without any report, ms': median(quiet),
    });
    target.stop();
  }
}

/** From kill to the last line of the text. */
async function benchText(): Promise<void> {
  for (const blocked of [false, true]) {
    const target = await startTarget(true);
    await pause(300);
    const first = await target.kill();
    const times: number[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      const spun = blocked ? target.ask({ kind: 'spin', ms: 100 }) : Promise.resolve(0);
      await pause(10);
      times.push(await target.kill());
      await spun;
      await pause(30);
    }
    show(
      `kill to text, ${blocked ? 'blocked in JavaScript' : 'idle'}`,
      `${ms(times.slice(ROUNDS / 3))}, the first ${first.toFixed(1)} ms`,
      {},
    );
    target.stop();
  }
}

/** From kill to the collector having all of it. */
async function benchCollector(): Promise<void> {
  let onTaken: (() => void) | undefined;
  const collector = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json').end('{}');
      if (request.url === '/v1/logs') onTaken?.();
    });
  });
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const target = await startTarget(true, { OTEL_SDK_DISABLED: 'false', OTEL_EXPORTER_OTLP_ENDPOINT: url });
  await pause(300);
  const times: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const startMs = performance.now();
    const taken = new Promise<void>((resolve) => {
      onTaken = resolve;
    });
    target.signal();
    await taken;
    times.push(performance.now() - startMs);
    await pause(50);
  }
  show('kill to the collector', `${ms(times.slice(ROUNDS / 3))}, the first ${times[0]?.toFixed(1)} ms`, {});
  target.stop();
  collector.close();
}

/** What arming costs the main thread, and memory. */
async function benchStart(): Promise<void> {
  const armedMs: number[] = [];
  const rss: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    const [plain, armed] = [await startTarget(false), await startTarget(true)];
    await pause(1000);
    armedMs.push(armed.armedMs);
    rss.push((armed.rssBytes() - plain.rssBytes()) / 1024 / 1024);
    plain.stop();
    armed.stop();
  }
  show('start-up cost on main', ms(armedMs), { 'standing RSS, MiB': median(rss) });
}

/** Requests a second of a saturated HTTP server, the kinds taking turns. */
async function benchThroughput(): Promise<void> {
  const kinds: { name: string; target: Target; reports: number; rates: number[] }[] = [
    { name: 'without', target: await startTarget(false), reports: 0, rates: [] },
    { name: 'armed', target: await startTarget(true), reports: 0, rates: [] },
    { name: 'ten reports a second', target: await startTarget(true), reports: 10, rates: [] },
  ];
  for (let round = 0; round < 9; round += 1) {
    for (const kind of kinds) {
      const timer = kind.reports > 0 ? setInterval(() => kind.target.signal(), 1000 / kind.reports) : undefined;
      const rate = await measureThroughput(kind.target.port, 1500);
      clearInterval(timer);
      // The first round warms up.
      if (round > 0) kind.rates.push(rate);
    }
  }
  const [without, armed, busy] = kinds.map((kind) => median(kind.rates)) as [number, number, number];
  show('throughput of a saturated server', `${without.toFixed(0)} requests/s without`, {
    armed: armed / without,
    'ten reports a second': busy / without,
  });
  for (const { target } of kinds) target.stop();
}

/** The same of a server with OpenTelemetry's SDK and its auto-instrumentation, whose spans go to a collector. */
async function benchTraced(): Promise<void> {
  const example = new URL('../../examples/traces/', import.meta.url);
  if (!existsSync(new URL('node_modules', example)))
    return console.log('traced: not measured, npm ci in examples/traces');
  const sink: Server = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  await new Promise<void>((listening) => sink.listen(0, '127.0.0.1', listening));
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as AddressInfo).port}` };
  const flags = ['--expose-gc', '--import', new URL('telemetry.mjs', example).href];
  const [plain, armed] = [await startTarget(false, env, flags), await startTarget(true, env, flags)];
  const rates: { plain: number[]; armed: number[] } = { plain: [], armed: [] };
  for (let round = 0; round < 13; round += 1) {
    // Who goes first takes turns, too.
    const order = [['plain', plain] as const, ['armed', armed] as const];
    for (const [name, target] of round % 2 === 0 ? order : order.reverse()) {
      const rate = await measureThroughput(target.port, 1500);
      if (round > 0) rates[name].push(rate);
    }
  }
  show('throughput of a traced server', `${median(rates.plain).toFixed(0)} requests/s without`, {
    armed: median(rates.armed) / median(rates.plain),
  });
  const api = new URL('node_modules/@opentelemetry/api/build/src/index.js', example).href;
  const spans = { kind: 'spans', count: 10_000, api } as const;
  const [without, with_] = [await plain.ask(spans), await armed.ask(spans)];
  show('heap of 10,000 spans in flight', `${(without / 2 ** 20).toFixed(2)} MiB without`, {
    'more when armed, MiB': (with_ - without) / 2 ** 20,
  });
  plain.stop();
  armed.stop();
  sink.close();
}

function show(what: string, result: string, more: { readonly [name: string]: number }): void {
  const notes = Object.entries(more).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  console.log([`${what}: ${result}`, ...notes].join('; '));
}

function ms(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return `median ${median(times).toFixed(2)} ms, p90 ${(sorted[Math.floor(sorted.length * 0.9)] ?? 0).toFixed(2)} ms`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
