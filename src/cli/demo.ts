import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { describeReport } from '../collector/describe.js';
import type { StoredReport } from '../collector/reports.js';
import { type Collector, startCollector } from '../collector/server.js';
import { openStore } from '../collector/store.js';
import { makeToken, withToken } from '../collector/viewer/access.js';
import { deferred } from '../deferred.js';
import { wantsColour } from '../views/colour.js';
import { type Child, startChild } from './child.js';
import { ENDING } from './ending.js';
import { readNodeProcess } from './node-processes.js';
import { CommandError } from './usage.js';

export const HELP = `gmr demo [--browse]

All in one go: starts the embedded collector and a small HTTP service under --import guru-meditation/register, blocks
the service's event loop, sends kill -USR1, and shows the report as it is printed and as the collector took it. Uses
loopback only; leaves one directory with the report.

  --browse   goes on at the end, for a look at the report in a browser
`;

/** Milliseconds without an answer after which the service counts as stuck. */
const STUCK_MS = 500;
const DEADLINE_MS = 30_000;

/** The command in a project that has installed the package. */
const COMMAND = 'npx guru-meditation';

/** The function of the service that its event loop is stuck in. */
const CULPRIT = 'applyVoucher';

export const OPTIONS = { browse: { type: 'boolean', default: false } } as const;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (process.platform === 'win32') throw new CommandError('the demo sends SIGUSR1, which Windows does not have');
  const directory = await mkdtemp(join(tmpdir(), 'gmr-demo-'));
  const stage: Stage = { directory, reports: join(directory, 'reports'), token: makeToken() };
  const interruption = watchSignals();
  let done = false;
  try {
    await Promise.race([play(stage), interruption.came]);
    done = true;
    if (values.browse) {
      print(`# open ${withToken(stage.collector?.viewerUrl ?? '', stage.token)} in a browser; Ctrl-C ends the demo`);
      await interruption.came;
    }
  } finally {
    stage.service?.kill('SIGKILL');
    await stage.collector?.close();
    await rm(done ? join(directory, 'service') : directory, { recursive: true, force: true });
    interruption.end();
  }
}

/** Things to clean up when the demo ends. */
interface Stage {
  readonly directory: string;
  readonly reports: string;
  /** Of the viewer. */
  readonly token: string;
  collector?: Collector;
  service?: Child;
}

async function play(stage: Stage): Promise<void> {
  const { promise: stored, resolve: onReport } = deferred<StoredReport>();
  const collector = await startCollector({
    host: '127.0.0.1',
    port: 0,
    token: stage.token,
    store: await openStore(stage.reports),
    onReport,
    onTrouble: (sentence) => print(`collector: ${sentence}`),
  });
  stage.collector = collector;
  print(`gmr collect: listening on ${collector.url}, storing in ${stage.reports}`);
  const service = await startService(join(stage.directory, 'service'), collector.url);
  stage.service = service;
  await untilArmed(service.pid);
  const url =
    /checkout: (\S+),/.exec(await service.untilPrinted(/checkout: (\S+),/, "the service's address"))?.[1] ?? '';
  await ask(url);
  print(`$ curl -d '{"code":"FREE"}' ${url}/checkout &`);
  const order = ask(`${url}/checkout`, { method: 'POST', body: '{"code":"FREE"}' });
  order.catch(() => {});
  await untilStuck(url);
  print(`# its event loop is stuck: a second request had no answer in ${STUCK_MS} ms`);
  print(`$ kill -USR1 ${service.pid}`);
  service.kill('SIGUSR1');
  const printed = await service.untilPrinted(
    /^gmr [0-9a-f]{32}: \S+ took \d+ log records/m,
    'its report, taken by the collector,',
  );
  print(describeReport(await within(stored, 'the collector did not get the whole report')));
  if (!printed.includes(`in ${CULPRIT}`))
    throw new CommandError(`the report does not name ${CULPRIT}: it was made after the loop had ended`);
  await order;
  await ask(url);
  print('# the process goes on: the order was answered when the loop had ended');
  print(`
The line 'at' is the answer: the main thread spent its time there, and no request was served meanwhile. The report was made
by the agent, a thread of the process that needs no turn of the event loop. The collector has all of it:

  ${COMMAND} show --dir ${stage.reports}
  ${COMMAND} demo --browse                          the same in a browser

In a service of your own, and then from any shell:

  node --import guru-meditation/register app.js
  ${COMMAND} dump PID                               its report here; kill -USR1 PID prints it on its stderr`);
}

/** Gives the service a directory and a package.json of its own. */
async function startService(directory: string, endpoint: string): Promise<Child> {
  await mkdir(directory);
  const script = join(directory, 'checkout-service.mjs');
  await copyFile(join(__dirname, '..', 'examples', 'checkout-service.mjs'), script);
  const manifest = { name: 'checkout', version: '1.4.2', author: 'Shop', type: 'module' };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  const register = pathToFileURL(join(__dirname, 'esm', 'register.js')).href;
  print('$ node --import guru-meditation/register checkout-service.mjs &');
  return startChild(['--import', register, script], {
    cwd: directory,
    // Not the user's environment: that may have settings for other services.
    env: {
      PATH: process.env.PATH,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      GMR_SPOOL_DIR: join(directory, 'spool'),
      GMR_FORMAT: 'short',
      // Its own stderr is a pipe to here.
      ...(process.stderr.isTTY && wantsColour('auto', process.env, 'terminal') ? { GMR_COLOR: 'always' } : {}),
    },
    show: (text, stream) => void process[stream].write(text),
  });
}

/** A signal that comes before the agent listens is answered late. Without /proc, this waits for a second instead. */
async function untilArmed(pid: number): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  if (!existsSync('/proc/self/task')) return pause(1000);
  while (Date.now() < endMs) {
    if (readNodeProcess(pid)?.mark?.signals?.includes('SIGUSR1')) return;
    await pause(20);
  }
  throw new CommandError('the service does not listen to SIGUSR1');
}

/** Asks until no answer comes: the service may read the order after a request that was sent later. */
async function untilStuck(url: string): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  while (Date.now() < endMs) {
    const answered = await fetch(url, { signal: AbortSignal.timeout(STUCK_MS) }).then(
      () => true,
      () => false,
    );
    if (!answered) return;
  }
  throw new CommandError('the service still answers: it should be stuck');
}

async function ask(url: string, request: RequestInit = {}): Promise<void> {
  try {
    await (await fetch(url, { ...request, signal: AbortSignal.timeout(DEADLINE_MS) })).text();
  } catch (cause) {
    throw new CommandError(`the service did not answer ${url}`, { cause });
  }
}

/** On a signal, the demo cleans up first, and is then ended by that signal. */
function watchSignals(): { readonly came: Promise<never>; end(): void } {
  let signal: NodeJS.Signals | undefined;
  const { promise: came, reject } = deferred<never>();
  came.catch(() => {});
  const onSignal = (name: NodeJS.Signals) => {
    signal = name;
    reject(new CommandError(`ended by ${name}`));
  };
  for (const name of ENDING) process.once(name, onSignal);
  return {
    came,
    end() {
      for (const name of ENDING) process.off(name, onSignal);
      if (signal) process.kill(process.pid, signal);
    },
  };
}

function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  const { promise: late, reject } = deferred<never>();
  const timer = setTimeout(() => reject(new CommandError(otherwise)), DEADLINE_MS);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
