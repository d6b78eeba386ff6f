import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';
import { Worker } from 'node:worker_threads';
import type { StartData, ToAgent, ToMain } from '../protocol.js';
import { readEnvironment } from './environment.js';
import { guarded } from './listening.js';
import { networkDenied } from './permission.js';
import { tellError } from './plain.js';

/** Milliseconds before an agent that ended is started again; doubled each time, back to the first after a long life. */
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 60_000;
const LONG_LIFE_MS = 60_000;

/**
 * Of the agent; beyond it the thread ends, and is started again. Twice what the largest report was seen to take: at the
 * limit, one allocation that is itself beyond it ends the whole process (V8 tells nobody before), so what a report may
 * hold is bounded far beneath: see agent/items.ts, frames/file-cache.ts.
 */
const MAX_HEAP_MB = 512;
/** Node lets a thread that is to end have 16 MB more, and what is young may all move there at once: with V8's own size Node 24 fell over it. */
const MAX_YOUNG_MB = 8;

export interface AgentHandle {
  /** False while no agent is there to take it. */
  post(message: ToAgent): boolean;
  /** Keeps the process alive while something is awaited of the agent; counts. */
  hold(): void;
  release(): void;
  terminate(): Promise<void>;
}

export interface AgentEvents {
  startData(): StartData;
  onMessage(message: ToMain): void;
  /** The agent is gone, and comes back unless `final`. */
  onLost(reason: string, final: boolean): void;
}

/** Runs the agent thread, and runs it again when it ends; it never keeps the process alive by itself. */
export function spawnAgent(events: AgentEvents): AgentHandle {
  let worker: Worker | undefined;
  let holds = 0;
  let restartMs = FIRST_RESTART_MS;
  let startedMs = 0;
  let closed = false;

  const lose = (reason: string) => {
    worker = undefined;
    if (closed) return;
    if (performance.now() - startedMs > LONG_LIFE_MS) restartMs = FIRST_RESTART_MS;
    events.onLost(reason, false);
    setTimeout(guarded('the agent thread', start), restartMs).unref();
    restartMs = Math.min(restartMs * 2, LAST_RESTART_MS);
  };

  function start(): void {
    if (closed) return;
    let reason = 'it ended';
    try {
      const { NODE_OPTIONS: _, ...env } = readEnvironment();
      const started = new Worker(findAgent(), {
        name: 'guru-meditation',
        // The signal handle's class is internal to Node; the flag is this thread's alone.
        execArgv: ['--expose-internals', '--no-warnings'],
        // Not shared, and without NODE_OPTIONS: an --import in it would run in the agent too.
        env: networkDenied() ? { ...env, GMR_NETWORK_DENIED: 'true' } : env,
        stdin: false,
        // Piped to the process's own, they would be opened now, and made not to block: a program that writes to descriptor
        // 1 itself, into a pipe that is full, would get EAGAIN from then on.
        stdout: true,
        stderr: true,
        trackUnmanagedFds: false,
        resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
        workerData: events.startData(),
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
      closed = true;
      events.onLost(tellError(error), true);
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
    async terminate() {
      closed = true;
      await worker?.terminate();
    },
  };
}

/** This module, or the one file that main's share is built into: some fifty small ones take three times as long to load. */
const OWN_FILE = /\/main\/(?:spawn|share)\.js$/;

/** @throws Error in a program's own bundle, where this is another file, and the agent's is not beside it. */
function findAgent(): URL {
  const here: unknown = import.meta.url;
  if (typeof here === 'string' && OWN_FILE.test(here)) return new URL('../agent/worker.js', here);
  throw new Error(
    'guru-meditation is bundled into the program, and its second thread is not: leave it out of the bundle (external), or start the bundle with node --import guru-meditation/register',
  );
}
