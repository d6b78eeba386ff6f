import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeReport } from '../collector/describe.js';
import type { StoredReport } from '../collector/reports.js';
import { type Collector, startCollector } from '../collector/server.js';
import { openStore } from '../collector/store.js';
import { type Child, startChild } from './child.js';
import { lookAt } from './node-processes.js';
import { CommandError } from './usage.js';

export const HELP = `gmr demo

The main job in one go: starts the embedded collector and a small HTTP service under
--import guru-meditation/register, gets the service's event loop stuck, sends a real kill -USR1, shows the report and
what the collector took. Needs no network but loopback; leaves nothing but its report's directory.
`;

/** Milliseconds that a service which is not stuck would never take to answer. */
const STUCK_MS = 500;
const DEADLINE_MS = 30_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The function of the service that its event loop is stuck in. */
const CULPRIT = 'applyVoucher';

export async function run(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  if (process.platform === 'win32') throw new CommandError('the demo sends a SIGUSR1, which Windows has not');
  const directory = await mkdtemp(join(tmpdir(), 'gmr-demo-'));
  const stage: Stage = { directory, reports: join(directory, 'reports') };
  const interruption = watchSignals();
  let done = false;
  try {
    await Promise.race([play(stage), interruption.came]);
    done = true;
  } finally {
    stage.service?.kill('SIGKILL');
    await stage.collector?.close();
    await rm(done ? join(directory, 'service') : directory, { recursive: true, force: true });
    interruption.end();
  }
}

/** What has to be cleared away afterwards. */
interface Stage {
  readonly directory: string;
  readonly reports: string;
  collector?: Collector;
  service?: Child;
}

async function play(stage: Stage): Promise<void> {
  const { promise: stored, resolve: onReport } = defer<StoredReport>();
  const collector = await startCollector({
    host: '127.0.0.1',
    port: 0,
    store: await openStore(stage.reports),
    onReport,
    onTrouble: (sentence) => tell(`collector: ${sentence}`),
  });
  stage.collector = collector;
  tell(`gmr collect: listening on ${collector.url}, storing in ${stage.reports}`);
  const service = await startService(join(stage.directory, 'service'), collector.url);
  stage.service = service;
  await untilArmed(service.pid);
  const url = /checkout: (\S+),/.exec(await service.seen(/checkout: (\S+),/, "the service's address"))?.[1] ?? '';
  await ask(url);
  tell(`$ curl -d '{"code":"FREE"}' ${url}/checkout &`);
  const order = ask(`${url}/checkout`, { method: 'POST', body: '{"code":"FREE"}' });
  order.catch(() => {});
  await untilStuck(url);
  tell(`# its event loop is stuck: a second request had no answer in ${STUCK_MS} ms`);
  tell(`$ kill -USR1 ${service.pid}`);
  service.kill('SIGUSR1');
  const said = await service.seen(/^gmr [0-9a-f]{32}: \d+ records taken by /m, 'its report, taken by the collector,');
  tell(describeReport(await within(stored, 'the collector did not get the whole report')));
  if (!said.includes(`in ${CULPRIT}`))
    throw new CommandError(`the report does not name ${CULPRIT}: it came when the loop had ended`);
  await order;
  await ask(url);
  tell('# the process goes on: the order was answered when the loop had ended');
  tell(`# once more, from what the collector stored: gmr show --dir ${stage.reports}`);
}

/** In a directory of its own with a package.json of its own, as any service has. */
async function startService(directory: string, endpoint: string): Promise<Child> {
  await mkdir(directory);
  const script = join(directory, 'checkout-service.mjs');
  await copyFile(fileURLToPath(new URL('../../examples/checkout-service.mjs', import.meta.url)), script);
  const manifest = { name: 'checkout', version: '1.4.2', author: 'Shop', type: 'module' };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  const register = new URL('../register.js', import.meta.url).href;
  tell('$ node --import guru-meditation/register checkout-service.mjs &');
  return startChild(['--import', register, script], {
    cwd: directory,
    // The demo's own: what the user's shell sets for other services would only confuse it.
    env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, GMR_SPOOL_DIR: join(directory, 'spool') },
    show: (text, stream) => void process[stream].write(text),
  });
}

/** A signal that comes before the agent listens is answered late; where there is no /proc to see it, it is given a moment. */
async function untilArmed(pid: number): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  if (!existsSync('/proc/self/task')) return pause(1000);
  while (Date.now() < endMs) {
    if (lookAt(pid)?.mark?.signals?.includes('SIGUSR1')) return;
    await pause(20);
  }
  throw new CommandError('the service does not listen to SIGUSR1');
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

async function ask(url: string, request: RequestInit = {}): Promise<void> {
  try {
    await (await fetch(url, { ...request, signal: AbortSignal.timeout(DEADLINE_MS) })).text();
  } catch (cause) {
    throw new CommandError(`the service did not answer ${url}`, { cause });
  }
}

/** Ends the demo in order when the user ends it, and then as that signal would have. */
function watchSignals(): { readonly came: Promise<never>; end(): void } {
  let signal: NodeJS.Signals | undefined;
  const { promise: came, reject } = defer<never>();
  came.catch(() => {});
  const onSignal = (name: NodeJS.Signals) => {
    signal = name;
    reject(new CommandError(`ended by ${name}`));
  };
  for (const name of SIGNALS) process.once(name, onSignal);
  return {
    came,
    end() {
      for (const name of SIGNALS) process.off(name, onSignal);
      if (signal) process.kill(process.pid, signal);
    },
  };
}

function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  const { promise: late, reject } = defer<never>();
  const timer = setTimeout(() => reject(new CommandError(otherwise)), DEADLINE_MS);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function defer<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
