/**
 * A report a second for a long time, under HTTP load, with the collector coming and going: npm run soak [-- SECONDS]
 *
 * Ends with 1 when a report is lost, a request of a user's unanswered, or memory or descriptors grow.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from './load.js';
import { countStored, isWhole } from './stored.js';
import { startUnreliable } from './unreliable.js';

const SECONDS = Number(process.argv[2] ?? 600);
if (!(SECONDS >= 10)) throw new Error(`expected a number of seconds, 10 or more, got ${process.argv[2]}`);
/** Of a user's requests, at a steady rate: a saturated server would measure the machine. */
const REQUESTS_PER_SECOND = 200;
/** The difference that is allowed to a heap that is collected at its own pace. */
const SLACK_MIB = 24;
/** Exports at a time, each with a connection that is kept. */
const SLACK_DESCRIPTORS = 10;
const UNSPOOL_MS = 180_000;

const directory = mkdtempSync(join(tmpdir(), 'soak-'));
const spool = join(directory, 'spool');
const store = join(directory, 'store');
const phaseMs = Math.min(15_000, SECONDS * 150);
const collector = await startUnreliable(store, phaseMs, phaseMs / 2);
const { child, port, readIds } = await startServer();
const users = load(port);
const samples = await ask();
await collector.settle();
await untilUnspooled();
await users.leave();
const last = sample();
const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
const goesOn = child.exitCode === null && child.signalCode === null;
child.kill('SIGTERM');
await ended;
collector.stop();
judge();

interface Sample {
  readonly rssMib: number;
  readonly descriptors: number;
}

async function startServer() {
  const program = fileURLToPath(new URL('program.js', import.meta.url));
  const server: ChildProcess = fork(program, {
    execArgv: ['--import', import.meta.resolve('guru-meditation/register')],
    env: {
      PATH: process.env.PATH ?? '',
      GMR_MAX_REPORTS_PER_MINUTE: '100000',
      GMR_SPOOL_DIR: spool,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'soak',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ids = new Set<string>();
  let rest = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, id] = /^report = ([0-9a-f]{32})$/.exec(line) ?? [];
      if (id !== undefined) ids.add(id);
    }
  });
  const up = await new Promise<{ port: number }>((resolve) => server.once('message', (said) => resolve(said as never)));
  return { child: server, port: up.port, readIds: () => [...ids] };
}

function load(at: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const open = new Set<Promise<void>>();
  const counts = { asked: 0, unanswered: 0 };
  const visit = () =>
    new Promise<void>((resolve) => {
      counts.asked += 1;
      const fail = () => {
        counts.unanswered += 1;
        resolve();
      };
      get({ host: '127.0.0.1', port: at, agent }, (response) => response.resume().on('end', resolve)).on('error', fail);
    });
  const timer = setInterval(() => {
    for (let n = 0; n < REQUESTS_PER_SECOND / 20; n += 1) {
      const one = visit();
      open.add(one);
      void one.finally(() => open.delete(one));
    }
  }, 50);
  return {
    counts,
    async leave() {
      clearInterval(timer);
      await Promise.race([Promise.all(open), pause(10_000)]);
      counts.unanswered += open.size;
      agent.destroy();
    },
  };
}

/** A report a second; what the process takes meanwhile, each second. */
async function ask(): Promise<Sample[]> {
  const taken: Sample[] = [];
  for (let second = 1; second <= SECONDS && child.exitCode === null && child.signalCode === null; second += 1) {
    child.kill(second % 2 === 0 ? 'SIGUSR2' : 'SIGUSR1');
    await pause(1000);
    taken.push(sample());
    if (second % 30 === 0) console.log(`${second} s: ${readIds().length} reports, ${JSON.stringify(taken.at(-1))}`);
  }
  return taken;
}

function sample(): Sample {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const rssMib = Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
    return { rssMib, descriptors: readdirSync(`/proc/${child.pid}/fd`).length };
  } catch {
    return { rssMib: Number.NaN, descriptors: Number.NaN };
  }
}

async function untilUnspooled(): Promise<void> {
  const endMs = Date.now() + UNSPOOL_MS;
  while (Date.now() < endMs && readdirSync(spool).some((name) => name.endsWith('.jsonl'))) await pause(200);
}

function judge(): void {
  const made = readIds();
  const stored = countStored(store);
  const lost = made.filter((id) => !isWhole(stored.get(id))).length;
  const early = samples.slice(Math.floor(samples.length / 4), Math.floor(samples.length / 2));
  const late = samples.slice(-Math.floor(samples.length / 4));
  const [before, after] = [median(early.map(({ rssMib }) => rssMib)), median(late.map(({ rssMib }) => rssMib))];
  const descriptors = median(early.map((one) => one.descriptors));
  const { asked, unanswered } = users.counts;
  console.log(
    [
      `soak of ${SECONDS} s on ${process.version}`,
      `reports made ${made.length}, delivered ${made.length - lost}, lost ${lost}; the collector fell ${collector.falls()} times`,
      `requests of users ${asked}, unanswered ${unanswered}`,
      `RSS, MiB: ${before} in the second quarter, ${after} in the last, ${last.rssMib} in the end`,
      `descriptors: ${descriptors} in the second quarter, ${last.descriptors} in the end`,
    ].join('\n'),
  );
  const broken = [
    goesOn ? '' : 'the process has ended',
    made.length >= SECONDS / 2 ? '' : `${made.length} reports in ${SECONDS} s`,
    lost === 0 ? '' : `${lost} reports lost, see ${directory}`,
    unanswered === 0 ? '' : `${unanswered} requests unanswered`,
    after <= before + SLACK_MIB ? '' : `memory has grown by ${after - before} MiB`,
    last.descriptors <= descriptors + SLACK_DESCRIPTORS ? '' : 'descriptors have grown',
  ].filter((sentence) => sentence !== '');
  console.log(broken.length === 0 ? 'nothing lost, nobody harmed' : `BROKEN: ${broken.join('; ')}`);
  if (lost === 0) rmSync(directory, { recursive: true });
  process.exitCode = broken.length === 0 ? 0 : 1;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
