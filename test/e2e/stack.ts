import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../ports.js';
import { findProgram, PROGRAMS, type ProgramName } from './programs.js';

/** A loaded machine is slow: Loki alone takes ten seconds when it has the machine to itself. */
const READY_MS = 180_000;
const POLL_MS = 100;
const MAX_OUTPUT = 200_000;

export const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));

/** Collector, Loki and Jaeger with the files under deploy/, each on free ports and with directories of its own. */
export interface Stack {
  readonly otlpUrl: string;
  readonly grpcAddress: string;
  readonly lokiUrl: string;
  readonly jaegerUrl: string;
  readonly metricsUrl: string;
  /** The last part of the program's output so far. */
  output(name: ProgramName): string;
  pid(name: ProgramName): number;
  /** As a machine does that fails: SIGKILL, with what it holds in memory. */
  kill(name: ProgramName): Promise<void>;
  /** Again on the same ports and directories. Resolves when it is ready. */
  start(name: ProgramName): Promise<void>;
  close(): Promise<void>;
}

const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) if (child.pid !== undefined) child.kill('SIGKILL');
});

interface Running {
  readonly child: ChildProcess;
  output: string;
}

interface StackOptions {
  /** The collector with secure.yaml on top, and what that needs of the environment. */
  readonly secure?: Record<string, string>;
  /** The collector with sampling.yaml on top, and the percentage of reports that it keeps whole. */
  readonly wholePercent?: number;
  /** All three where it does not say. */
  readonly only?: readonly ProgramName[];
}

export async function startStack({ secure, wholePercent, only = PROGRAMS }: StackOptions = {}): Promise<Stack> {
  const directory = mkdtempSync(join(tmpdir(), 'stack-'));
  const ports = await findFreePorts(10);
  const at = (index: number) => `127.0.0.1:${ports[index]}`;
  const [otlp, grpc, collectorHealth, metrics, loki, lokiGrpc, jaegerOtlp, query, queryGrpc, jaegerHealth] = Array.from(
    { length: 10 },
    (_, index) => at(index),
  ) as [string, string, string, string, string, string, string, string, string, string];
  for (const name of ['loki', 'jaeger']) mkdirSync(join(directory, name));
  const programs = {
    collector: {
      args: [
        '--config',
        `${DEPLOY}collector/collector.yaml`,
        ...(secure ? ['--config', `${DEPLOY}collector/secure.yaml`] : []),
        ...(wholePercent === undefined ? [] : ['--config', `${DEPLOY}collector/sampling.yaml`]),
      ],
      ready: `http://${collectorHealth}/`,
      environment: {
        COLLECTOR_HTTP_ADDRESS: otlp,
        COLLECTOR_GRPC_ADDRESS: grpc,
        COLLECTOR_HEALTH_ADDRESS: collectorHealth,
        COLLECTOR_METRICS_HOST: '127.0.0.1',
        COLLECTOR_METRICS_PORT: portOf(metrics),
        COLLECTOR_QUEUE_DIRECTORY: join(directory, 'queue'),
        LOKI_URL: `http://${loki}`,
        JAEGER_OTLP_URL: `http://${jaegerOtlp}`,
        ...(wholePercent === undefined ? {} : { COLLECTOR_WHOLE_REPORTS_PERCENT: String(wholePercent) }),
        ...secure,
      },
    },
    loki: {
      args: [`-config.file=${DEPLOY}loki/loki.yaml`, '-config.expand-env=true'],
      ready: `http://${loki}/ready`,
      environment: {
        LOKI_ADDRESS: '127.0.0.1',
        LOKI_PORT: portOf(loki),
        LOKI_GRPC_PORT: portOf(lokiGrpc),
        LOKI_DIRECTORY: join(directory, 'loki'),
      },
    },
    jaeger: {
      args: ['--config', `${DEPLOY}jaeger/jaeger.yaml`],
      ready: `http://${jaegerHealth}/status`,
      environment: {
        JAEGER_OTLP_ADDRESS: jaegerOtlp,
        JAEGER_QUERY_ADDRESS: query,
        JAEGER_QUERY_GRPC_ADDRESS: queryGrpc,
        JAEGER_HEALTH_ADDRESS: jaegerHealth,
        JAEGER_UI_CONFIG: `${DEPLOY}jaeger/ui.json`,
        JAEGER_DIRECTORY: join(directory, 'jaeger'),
      },
    },
  } as const;
  const running = new Map<ProgramName, Running>();

  const kill = async (name: ProgramName) => {
    const { child } = running.get(name) ?? {};
    // One that could not be started has no pid, and `kill` would then signal process 0: all of our own process group.
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  };
  const start = async (name: ProgramName) => {
    const { args, environment, ready } = programs[name];
    const one = run(
      findProgram(name) ?? `no ${name}`,
      args,
      { PATH: process.env.PATH ?? '', ...environment },
      directory,
    );
    running.set(name, one);
    await untilReady(name, ready, one);
  };
  const close = async () => {
    await Promise.all([...running.keys()].map(kill));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all(only.map(start));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    otlpUrl: `${secure ? 'https' : 'http'}://${otlp}`,
    grpcAddress: grpc,
    lokiUrl: `http://${loki}`,
    jaegerUrl: `http://${query}`,
    metricsUrl: `http://${metrics}/metrics`,
    output: (name) => running.get(name)?.output ?? '',
    pid: (name) => running.get(name)?.child.pid ?? 0,
    kill,
    start,
    close,
  };
}

function run(path: string, args: readonly string[], env: Record<string, string>, cwd: string): Running {
  const child = spawn(path, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const one: Running = { child, output: '' };
  const add = (text: string) => {
    one.output = (one.output + text).slice(-MAX_OUTPUT);
  };
  child.stdout.setEncoding('utf8').on('data', add);
  child.stderr.setEncoding('utf8').on('data', add);
  child.on('error', (error) => add(String(error)));
  started.add(child);
  child.once('close', () => started.delete(child));
  return one;
}

async function untilReady(name: ProgramName, url: string, one: Running): Promise<void> {
  const giveUpMs = Date.now() + READY_MS;
  for (;;) {
    if (one.child.exitCode !== null || one.child.pid === undefined)
      throw new Error(`${name} ended with ${one.child.exitCode}:\n${one.output}`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > giveUpMs) throw new Error(`${name} is not ready, ${url}:\n${one.output}`);
    await sleep(POLL_MS);
  }
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}
