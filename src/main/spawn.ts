import { setTimeout } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { readClockMs } from '../clock.js';
import type { StartData, ToAgent, ToMain } from '../protocol.js';
import { findAddressSpaceProblem } from './address-space.js';
import { type AgentFiles, readAgent } from './agent-files.js';
import { AGENT_LIMITS } from './agent-limits.js';
import { copyEnvironment, readEnvironment } from './environment.js';
import { tellError } from './error-text.js';
import { guarded } from './listening.js';
import { networkDenied } from './permission.js';

/** Milliseconds before an agent that ended is started again; doubled each time, back to the first after a long life. */
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 60_000;
const LONG_LIFE_MS = 60_000;

export interface AgentHandle {
  /** @returns false while there is no agent */
  post(message: ToAgent): boolean;
  /** Keeps the process alive while an answer of the agent is awaited. Each call needs a `release`. */
  hold(): void;
  release(): void;
  /** Starts another agent in place of one that does not answer. */
  replace(): void;
  terminate(): Promise<void>;
}

export interface AgentEvents {
  startData(): Omit<StartData, keyof Pick<AgentFiles, 'ownFile' | 'reporting' | 'configParser'>>;
  onMessage(message: ToMain): void;
  /** Called when the agent has ended; `next`: whether another one follows. */
  onLost(reason: string, next: 'follows' | 'none'): void;
}

/** Runs the agent thread, and starts it again when it ends. It never keeps the process alive by itself. */
export function spawnAgent(events: AgentEvents): AgentHandle {
  let worker: Worker | undefined;
  let holds = 0;
  let restartMs = FIRST_RESTART_MS;
  let startedMs = 0;
  let closed = false;
  /** Read once: the package may be moved, or its file system hang, before the agent starts again. */
  let agent: AgentFiles | undefined;

  const lose = (reason: string) => {
    worker = undefined;
    if (closed) return;
    if (readClockMs() - startedMs > LONG_LIFE_MS) restartMs = FIRST_RESTART_MS;
    // First: the rest may fail if the program has changed JavaScript's built-ins.
    setTimeout(guarded('the agent thread', start), restartMs).unref();
    restartMs = Math.min(restartMs * 2, LAST_RESTART_MS);
    events.onLost(reason, 'follows');
  };

  /** No agent can ever run here. */
  const giveUp = (error: unknown) => {
    closed = true;
    events.onLost(tellError(error), 'none');
  };

  /** @throws Error if no agent can be started */
  const readFiles = (): AgentFiles => {
    agent ??= readAgent();
    const problem = findAddressSpaceProblem();
    if (problem) throw new Error(problem);
    return agent;
  };

  function start(): void {
    if (closed || worker) return;
    let files: AgentFiles;
    try {
      files = readFiles();
    } catch (error) {
      giveUp(error);
      return;
    }
    let reason = 'it ended';
    try {
      const { text, ...rest } = files;
      const { NODE_OPTIONS: _, ...env } = copyEnvironment(readEnvironment());
      const started = new Worker(text, {
        eval: true,
        name: 'guru-meditation',
        // The signal handle's class is internal to Node; the flag is this thread's alone.
        execArgv: ['--expose-internals', '--no-warnings'],
        // Not shared, and without NODE_OPTIONS: an --import in it would run in the agent too.
        env: networkDenied() ? { ...env, GMR_NETWORK_DENIED: 'true' } : env,
        stdin: false,
        // With the process's own streams, Node would open them now and set them not to block. A program that writes to
        // descriptor 1 itself, into a full pipe, would get EAGAIN from then on.
        stdout: true,
        stderr: true,
        trackUnmanagedFds: false,
        resourceLimits: AGENT_LIMITS,
        workerData: { ...events.startData(), ...rest } satisfies StartData,
      });
      worker = started;
      startedMs = readClockMs();
      started.on('message', (message: ToMain) => events.onMessage(message));
      const onError = (error: unknown) => {
        reason = tellError(error);
      };
      started.on('error', guarded('an error of the agent thread', onError));
      const onExit = () => {
        if (worker === started) lose(reason);
      };
      started.on('exit', guarded('the end of the agent thread', onExit));
      if (holds === 0) started.unref();
    } catch (error) {
      // Threads, memory or descriptors have run out: there may be some later.
      if (isDenied(error)) giveUp(error);
      else lose(tellError(error));
    }
  }

  start();
  return {
    post(message) {
      worker?.postMessage(message);
      return worker !== undefined;
    },
    hold() {
      holds += 1;
      worker?.ref();
    },
    release() {
      holds -= 1;
      if (holds === 0) worker?.unref();
    },
    replace() {
      const stuck = worker;
      worker = undefined;
      // This ends a thread that loops. A thread in a system call lives on until the call returns.
      void stuck?.terminate();
      start();
    },
    async terminate() {
      closed = true;
      await worker?.terminate();
    },
  };
}

/** Node's permission model denies it for the life of the process. */
function isDenied(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_ACCESS_DENIED';
}
