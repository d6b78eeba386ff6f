import type { GreenThreadsData, Socket, SuspendedData, ThreadsData } from '../report.js';
import type { MainAnswer } from './sources.js';

/** Work that waits in this process without a thread of its own: suspended callers, and the handles of the event loop. */
export function collectGreenThreads(
  threads: ThreadsData,
  main: MainAnswer,
  found: { readonly sockets: readonly Socket[]; readonly total: number },
  suspended?: SuspendedData,
): GreenThreadsData {
  const chains = threads.threads
    .map((thread) => ({ thread: `#${thread.id} ${thread.name}`, frames: thread.frames.filter((frame) => frame.async) }))
    .filter((chain) => chain.frames.length > 0);
  const resources = main.kind === 'facts' ? { resources: main.facts.resources } : {};
  const isKnown = suspended?.threads.some((thread) => 'count' in thread) ?? false;
  const shown =
    'Shown: the suspended async functions that wait for a running stack, and what the event loop waits for.';
  const note = isKnown
    ? 'Among the suspended functions may be some that nothing refers to any more, until garbage is collected.'
    : `${shown} Not shown: async functions that are suspended elsewhere.`;
  const read = suspended ? { suspended } : {};
  return { chains, ...read, ...resources, sockets: found.sockets, socketCount: found.total, note };
}
