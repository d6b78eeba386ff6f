import type { MainAnswer } from '../agent/main-thread.js';
import type { GreenThreadsData, Socket, ThreadsData } from '../report.js';

/** What waits in this process without a thread of its own: suspended callers, and what the event loop waits for. */
export function collectGreenThreads(
  threads: ThreadsData,
  main: MainAnswer,
  found: { readonly sockets: readonly Socket[]; readonly total: number },
): GreenThreadsData {
  const chains = threads.threads
    .map((thread) => ({ thread: `#${thread.id} ${thread.name}`, frames: thread.frames.filter((frame) => frame.async) }))
    .filter((chain) => chain.frames.length > 0);
  const resources = main.kind === 'facts' ? { resources: main.facts.resources } : {};
  const note =
    'Shown: the suspended async functions that wait for a running stack, and what the event loop waits for. ' +
    'Not shown: async functions that are suspended elsewhere.';
  return { chains, ...resources, sockets: found.sockets, socketCount: found.total, note };
}
