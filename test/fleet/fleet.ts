import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { INDEX, REGISTER } from '../process/start.js';

/** The work of a process of the fleet; three are stuck in JavaScript, `exec` and `fifo` in native code. */
export type FleetKind = 'idle' | 'pricing' | 'routing' | 'importing' | 'exec' | 'fifo' | 'stopped' | 'unarmed';
export type FleetCounts = { readonly [K in FleetKind]: number };

export interface FleetProcess {
  readonly kind: FleetKind;
  readonly pid: number;
  /** False for one without the package: a signal that it does not catch would end it. */
  readonly armed: boolean;
  /** Its stderr so far. */
  stderr(): string;
  /** How it ended; undefined while it runs. */
  ended(): string | undefined;
}

export interface Fleet {
  /** Their state directory, gone after `cleanup`; the spool is in it. */
  readonly directory: string;
  readonly processes: readonly FleetProcess[];
  ofKind(...kinds: FleetKind[]): readonly FleetProcess[];
  /** SIGCONT to those that are stopped. */
  continueStopped(): void;
  /** Ends all of them, whatever state they are in, and what they have started. */
  cleanup(): Promise<void>;
}

export interface FleetOptions {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  /** `OTEL_SERVICE_NAME` of all of them. */
  readonly service: string;
  readonly counts: FleetCounts;
  readonly env?: { readonly [name: string]: string };
  /** Processes that start at the same time. @default 6 */
  readonly starting?: number;
}

/** 200 processes. */
export const FLEET_OF_200: FleetCounts = {
  idle: 40,
  pricing: 30,
  routing: 25,
  importing: 20,
  exec: 30,
  fifo: 15,
  stopped: 20,
  unarmed: 20,
};

/** The same mixture in small, for the suite. */
export const FLEET_OF_30: FleetCounts = {
  idle: 5,
  pricing: 6,
  routing: 4,
  importing: 3,
  exec: 3,
  fifo: 2,
  stopped: 4,
  unarmed: 3,
};

const APP = fileURLToPath(new URL('../apps/fleet.mjs', import.meta.url));
/** For one process to start, among many on a machine that others use, too. */
const START_MS = 180_000;
/** For a main thread that runs JavaScript, at the lowest priority, to answer: the default is for machines with time to spare. */
const DEADLINE_MS = 60_000;
const NATIVE: readonly FleetKind[] = ['exec', 'fifo'];
const IDLE: readonly FleetKind[] = ['idle', 'stopped', 'unarmed'];

/** Starts real processes; resolves when each is in the state that its kind names, and those that are armed listen. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const directory = mkdtempSync(join(tmpdir(), 'fleet-'));
  execFileSync('mkfifo', [join(directory, 'fifo')]);
  const children = new Map<ChildProcess, FleetProcess>();
  const killAll = () => {
    for (const child of children.keys()) killGroup(child);
  };
  process.once('exit', killAll);
  const fleet: Fleet = {
    directory,
    get processes() {
      return [...children.values()];
    },
    ofKind: (...kinds) => fleet.processes.filter(({ kind }) => kinds.includes(kind)),
    continueStopped() {
      for (const { pid } of fleet.ofKind('stopped')) process.kill(pid, 'SIGCONT');
    },
    async cleanup() {
      const gone = [...children.keys()].map(whenGone);
      killAll();
      await Promise.all(gone);
      process.off('exit', killAll);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  const open = (Object.keys(options.counts) as FleetKind[]).flatMap((kind) =>
    Array.from({ length: options.counts[kind] }, () => kind),
  );
  const startAll = async () => {
    for (let kind = open.pop(); kind; kind = open.pop()) {
      const started = start(kind, directory, options);
      children.set(started.child, started.process);
      await started.up;
      if (IDLE.includes(kind)) await untilAsleep(started.process.pid);
      if (kind === 'stopped') started.child.kill('SIGSTOP');
    }
  };
  try {
    await Promise.all(Array.from({ length: options.starting ?? 6 }, startAll));
  } catch (error) {
    open.length = 0;
    await fleet.cleanup();
    throw error;
  }
  return fleet;
}

function start(kind: FleetKind, directory: string, { endpoint, service, env }: FleetOptions) {
  const armed = kind !== 'unarmed';
  const child = spawn(process.execPath, [...(armed ? ['--import', REGISTER] : []), APP, kind], {
    env: {
      PATH: process.env.PATH ?? '',
      FIFO: join(directory, 'fifo'),
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      XDG_STATE_HOME: directory,
      ...(armed ? { READY: INDEX } : {}),
      ...(armed && !NATIVE.includes(kind) ? { GMR_DEADLINE_MS: String(DEADLINE_MS) } : {}),
      ...env,
    },
    // A group of its own, with the command that it may wait for.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let ended: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.once('exit', (code, signal) => {
    ended = signal ?? `exit code ${code}`;
  });
  const up = new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`a process of the fleet (${kind}) ${why}: ${stderr}`));
    const timer = setTimeout(() => fail(`was not up after ${START_MS / 1000} s`), START_MS);
    child.once('exit', () => fail(`ended (${ended})`));
    child.once('error', ({ message }) => fail(message));
    child.stdout.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  const process_: FleetProcess = { kind, pid: child.pid ?? 0, armed, stderr: () => stderr, ended: () => ended };
  return { child, process: process_, up };
}

/** Back in its event loop, after it has said that it is up. */
async function untilAsleep(pid: number): Promise<void> {
  const endMs = performance.now() + START_MS;
  while (!/\) S /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) {
    if (performance.now() > endMs) throw new Error(`process ${pid} of the fleet did not become idle`);
    await pause(20);
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, and so has what it started.
  }
}

function whenGone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((gone) => child.once('exit', () => gone()));
}
