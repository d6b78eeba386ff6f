import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';
import { Worker } from 'node:worker_threads';
import type { StartData, ToAgent, ToMain } from '../protocol.js';
import { findAddressSpaceProblem } from './address-space.js';
import { type AgentFiles, readAgent } from './agent-files.js';
import { copyEnvironment, readEnvironment } from './environment.js';
import { guarded } from './listening.js';
import { networkDenied } from './permission.js';
import { tellError } from './plain.js';

/** Milliseconds before an agent that ended is started again; doubled each time, back to the first after a long life. */
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 60_000;
const LONG_LIFE_MS = 60_000;

/**
 * The agent's heap. Beyond the limit the thread ends, and is started again. It is twice the need of the largest
 * report that was seen. A single allocation beyond the limit ends the whole process, without a warning of V8, so the
 * size of a report is bounded far below: see agent/items.ts, frames/file-cache.ts.
 */
const MAX_HEAP_MB = 512;
/**
 * Node allows 16 MB more to a thread that is to end, and the whole young generation may move there at once. Node 24
 * crashed with V8's default size.
 */
const MAX_YOUNG_MB = 8;

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
  startData(): Omit<StartData, keyof Pick<AgentFiles, 'ownFile' | 'reporting'>>;
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
    if (performance.now() - startedMs > LONG_LIFE_MS) restartMs = FIRST_RESTART_MS;
    events.onLost(reason, 'follows');
    setTimeout(guarded('the agent thread', start), restartMs).unref();
    restartMs = Math.min(restartMs * 2, LAST_RESTART_MS);
  };

  /** @throws Error if no agent can be started */
  const readFiles = (): AgentFiles => {
    agent ??= readAgent();
    const problem = findAddressSpaceProblem();
    if (problem) throw new Error(problem);
    return agent;
  };

  function start(): void {
    if (closed) return;
    let files: AgentFiles;
    try {
      files = readFiles();
    } catch (error) {
      closed = true;
      events.onLost(tellError(error), 'none');
      return;
    }
    let reason = 'it ended';
    try {
      const { NODE_OPTIONS: _, ...env } = copyEnvironment(readEnvironment());
      const started = new Worker(files.text, {
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
        resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
        workerData: { ...events.startData(), ownFile: files.ownFile, reporting: files.reporting } satisfies StartData,
      });
      worker = started;
      startedMs = performance.now();
      started.on('message', (message: ToMain) => events.onMessage(message));
      started.on('error', (error) => {
        reason = tellError(error);
      });
      started.on('exit', () => {
        if (worker === started) lose(reason);
      });
      if (holds === 0) started.unref();
    } catch (error) {
      // Threads, memory or descriptors have run out: there may be some later.
      if (isDenied(error)) {
        closed = true;
        events.onLost(tellError(error), 'none');
      } else lose(tellError(error));
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
