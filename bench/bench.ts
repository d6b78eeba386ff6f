/**
 * The cost of a report, side by side with Node's own process.report in one run: npm run bench
 *
 * Times are of this machine, at this moment; what can be compared between machines are the ratios.
 */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { countMissed, median, show, tellTimes } from './figures.js';
import { measureThroughput, pause } from './load.js';
import { startTarget } from './target.js';
import { benchThroughput } from './throughput.js';

const ROUNDS = 30;
/** Of windows of a second: `npm run bench -- 10` for a quick look. */
const PAIRS = Number(process.argv[2] ?? 100);

console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n`);
await benchPause();
await benchText();
await benchCollector();
await benchStart();
await benchThroughput(PAIRS);
await benchTraced();
console.log(countMissed() === 0 ? '\nall goals met' : `\n${countMissed()} goals missed`);

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
    const noise = `without any report ${median(quiet).toFixed(2)} ms`;
    show(`main-thread pause a report, ${where}`, `${tellTimes(ours)}; process.report ${tellTimes(node)}; ${noise}`, [
      { figure: 'ms, median', value: median(ours), atMost: 2 },
      { figure: 'of process.report', value: median(ours) / median(node), atMost: 0.2 },
    ]);
    target.stop();
  }
}

/** From kill to the last line of the text, and what it takes of the agent. */
async function benchText(): Promise<void> {
  for (const blocked of [false, true]) {
    const target = await startTarget(true);
    await pause(300);
    const first = await target.kill();
    const times: number[] = [];
    const cpuMs: number[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      const beforeMs = target.agentCpuMs();
      const spun = blocked ? target.ask({ kind: 'spin', ms: 100 }) : Promise.resolve(0);
      await pause(10);
      times.push(await target.kill());
      await spun;
      await pause(30);
      cpuMs.push(target.agentCpuMs() - beforeMs);
    }
    const warm = times.slice(ROUNDS / 3);
    const where = blocked ? 'blocked in JavaScript' : 'idle';
    show(`kill to text, ${where}`, `${tellTimes(warm)}, the first ${first.toFixed(1)} ms`, [
      { figure: 'ms, median', value: median(warm), atMost: 15 },
      { figure: 'ms, the first', value: first, atMost: 60 },
    ]);
    const warmCpuMs = cpuMs.slice(ROUNDS / 3);
    show(`CPU time of the agent a report, ${where}`, tellTimes(warmCpuMs), [
      { figure: 'ms, median', value: median(warmCpuMs), atMost: 10 },
    ]);
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
  const warm = times.slice(ROUNDS / 3);
  show('kill to the collector', `${tellTimes(warm)}, the first ${times[0]?.toFixed(1)} ms`, [
    { figure: 'ms, median', value: median(warm), atMost: 50 },
    { figure: 'ms, the first', value: times[0] ?? 0, atMost: 250 },
  ]);
  target.stop();
  collector.close();
}

/** The cost of arming: main's time, and memory. */
async function benchStart(): Promise<void> {
  const armedMs: number[] = [];
  const workerMs: number[] = [];
  const rss: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const [plain, armed] = [await startTarget(false), await startTarget(true)];
    workerMs.push(await plain.ask({ kind: 'worker' }));
    // Beyond the time at which the agent looks for what earlier processes left.
    await pause(4500);
    armedMs.push(armed.armedMs);
    rss.push((armed.rssBytes() - plain.rssBytes()) / 1024 / 1024);
    plain.stop();
    armed.stop();
  }
  show('start-up cost on main, import included', `${tellTimes(armedMs)}; an empty worker ${tellTimes(workerMs)}`, [
    { figure: 'ms, median', value: median(armedMs), atMost: 5 },
  ]);
  show('standing RSS', `${median(rss).toFixed(1)} MiB over a process with an empty worker`, [
    { figure: 'MiB', value: median(rss), atMost: 4 },
  ]);
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
    // They take turns in going first, too.
    const order = [['plain', plain] as const, ['armed', armed] as const];
    for (const [name, target] of round % 2 === 0 ? order : order.reverse()) {
      const { rate } = await measureThroughput(target.port, 1500);
      if (round > 0) rates[name].push(rate);
    }
  }
  show('throughput of a traced server', `${median(rates.plain).toFixed(0)} requests/s without`, [
    { figure: 'armed to without', value: median(rates.armed) / median(rates.plain), atLeast: 0.98 },
  ]);
  const api = new URL('node_modules/@opentelemetry/api/build/src/index.js', example).href;
  const spans = { kind: 'spans', count: 10_000, api } as const;
  const [without, with_] = [await plain.ask(spans), await armed.ask(spans)];
  show('heap of 10,000 spans in flight', `${(without / 2 ** 20).toFixed(2)} MiB without`, [
    { figure: 'MiB more when armed', value: (with_ - without) / 2 ** 20, atMost: 1 },
  ]);
  plain.stop();
  armed.stop();
  sink.close();
}
