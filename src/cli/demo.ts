import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeReport } from '../collector/lines.js';
import type { StoredReport } from '../collector/reports.js';
import { type Collector, startCollector } from '../collector/server.js';
import { openStore } from '../collector/store.js';
import { type Child, startChild } from './child.js';
import { CommandError } from './usage.js';

export const HELP = `gmr demo

The main job in one go: starts the embedded collector and a small HTTP service under
--import guru-meditation/register, gets the service's event loop stuck, sends a real kill -USR1, shows the report and
what the collector took. Needs no network but loopback; leaves nothing but its report's directory.
`;

/** Milliseconds that a service which is not stuck would never take to answer. */
const STUCK_MS = 500;
const DEADLINE_MS = 30_000;

export async function run(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const directory = await mkdtemp(join(tmpdir(), 'gmr-demo-'));
  let collector: Collector | undefined;
  let service: Child | undefined;
  const stop = () => {
    service?.kill('SIGKILL');
    process.exit(130);
  };
  process.once('SIGINT', stop);
  try {
    const reports = join(directory, 'reports');
    let onReport = (_: StoredReport) => {};
    const stored = new Promise<StoredReport>((resolve) => {
      onReport = resolve;
    });
    collector = await startCollector({
      host: '127.0.0.1',
      port: 0,
      store: await openStore(reports),
      onReport: (report) => onReport(report),
      onTrouble: (sentence) => tell(`collector: ${sentence}`),
    });
    tell(`gmr collect: listening on ${collector.url}, storing in ${reports}`);
    service = await startService(directory, collector.url);
    await play(service, stored, reports);
  } finally {
    service?.kill('SIGKILL');
    await collector?.close();
    if (service) await rm(service.cwd, { recursive: true, force: true });
    process.off('SIGINT', stop);
  }
}

async function play(service: Child, stored: Promise<StoredReport>, reports: string): Promise<void> {
  const [, url = ''] = await service.seen(/checkout: (\S+),/);
  await fetch(url);
  tell(`$ curl -d '{"code":"FREE"}' ${url}/checkout &`);
  const order = fetch(`${url}/checkout`, { method: 'POST', body: '{"code":"FREE"}' });
  order.catch(() => {});
  await untilStuck(url);
  tell(`# its event loop is stuck: a second request had no answer in ${STUCK_MS} ms`);
  tell(`$ kill -USR1 ${service.pid}`);
  service.kill('SIGUSR1');
  await service.seen(/^gmr [0-9a-f]{32}: \d+ records taken by /m);
  tell(describeReport(await within(stored, 'the collector did not get the whole report')));
  await within(order, 'the service did not go on');
  tell('# the process goes on: the order was answered when the loop had ended');
  tell(`# once more, from what the collector stored: gmr show --dir ${reports}`);
}

/** In a directory of its own with a package.json of its own, as any service has. */
async function startService(directory: string, endpoint: string): Promise<Child> {
  const home = await mkdtemp(join(directory, 'checkout-'));
  const script = join(home, 'checkout-service.mjs');
  await copyFile(fileURLToPath(new URL('../../examples/checkout-service.mjs', import.meta.url)), script);
  const manifest = { name: 'checkout', version: '1.4.2', author: 'Shop', type: 'module' };
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest));
  const register = new URL('../register.js', import.meta.url).href;
  tell('$ node --import guru-meditation/register checkout-service.mjs &');
  return startChild(['--import', register, script], {
    cwd: home,
    // The demo's own: what the user's shell sets for other services would only confuse it.
    env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    show: (text, stream) => void process[stream].write(text),
  });
}

/** The order may be read after a request that was sent later. */
async function untilStuck(url: string): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  while (Date.now() < endMs) {
    const answered = await fetch(url, { signal: AbortSignal.timeout(STUCK_MS) }).then(
      () => true,
      () => false,
    );
    if (!answered) return;
  }
  throw new CommandError('the service should be stuck, and answers');
}

function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new CommandError(otherwise)), DEADLINE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
