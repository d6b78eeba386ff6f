import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order } from './program.js';

/** The measured program, running, armed or not. */
export interface Target {
  readonly port: number;
  /** The time that arming took on its main thread. */
  readonly armedMs: number;
  ask(order: Order): Promise<number>;
  /** Sends the signal; resolves with the milliseconds until the report's last line was read. */
  kill(): Promise<number>;
  /** Without waiting for the report. */
  signal(): void;
  rssBytes(): number;
  /** The CPU time that the agent's thread has used so far. */
  agentCpuMs(): number;
  stop(): void;
}

/** Nothing of an earlier run waits there: an agent that finds something loads what sends it. */
const stateDirectory = mkdtempSync(join(tmpdir(), 'gmr-bench-'));
process.once('exit', () => rmSync(stateDirectory, { recursive: true, force: true }));

/** `flags`: of Node, behind those that arm it. */
export async function startTarget(
  armed: boolean,
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<Target> {
  const program = fileURLToPath(new URL('program.js', import.meta.url));
  const child: ChildProcess = fork(program, {
    execArgv: [...(armed ? ['--import', new URL('armed.js', import.meta.url).href] : []), ...flags],
    env: {
      PATH: process.env.PATH ?? '',
      XDG_STATE_HOME: stateDirectory,
      GMR_MAX_REPORTS_PER_MINUTE: '100000',
      OTEL_SDK_DISABLED: 'true',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let onText: (() => void) | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // The Runtime section is the last, and ends with what the kernel says of the machine.
    if (/^ {4}total = \d+$|^resource usage/m.test(text)) onText?.();
  });
  const next = <T>() => new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)));
  const { port, startMs } = await next<{ port: number; startMs: number }>();
  return {
    port,
    armedMs: startMs,
    ask(order) {
      const answer = next<{ ms: number }>();
      child.send(order);
      return answer.then(({ ms }) => ms);
    },
    kill() {
      const sentMs = performance.now();
      const printed = new Promise<void>((resolve) => {
        onText = resolve;
      });
      child.kill('SIGUSR2');
      return printed.then(() => performance.now() - sentMs);
    },
    signal: () => void child.kill('SIGUSR2'),
    rssBytes() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
    },
    agentCpuMs() {
      const tasks = `/proc/${child.pid}/task`;
      // The agent's thread has a name that begins so: see procfs/thread-name.ts.
      const agent = readdirSync(tasks).find((id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').startsWith('gmr'));
      return Number(readFileSync(`${tasks}/${agent}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
