import { say } from '../stderr.js';
import { tellError } from './plain.js';

// biome-ignore lint/suspicious/noExplicitAny: events of many kinds, each with its own arguments.
type Listener = (...args: any[]) => void;

/** Kept from before the program runs. */
const { nextTick } = process;
/** Node's own, which start to listen to a signal; they go with all others. */
const onNewListener = process.listeners('newListener' as 'exit') as readonly Listener[];
const kept = new Map<Listener, string>();

/**
 * Listens to an event of the process until what it returns is called, also where the program takes all listeners away
 * (`process.removeAllListeners`): without one, a signal would have its default action, which is death, as soon as the
 * agent is gone.
 *
 * @throws Error where the process cannot listen to it.
 */
export function listen(event: string, listener: Listener): () => void {
  process.on(event, listener);
  kept.set(listener, event);
  if (kept.size === 1) process.on('removeListener', onRemoved);
  return () => {
    kept.delete(listener);
    process.off(event, listener);
    if (kept.size === 0) process.off('removeListener', onRemoved);
  };
}

/** For Node to call: nothing of ours is thrown into a program, whatever that has done to the language. */
export function guarded<A extends unknown[]>(what: string, run: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      run(...args);
    } catch (error) {
      tellFailure(what, error);
    }
  };
}

function tellFailure(what: string, error: unknown): void {
  try {
    say(`gmr: ${what} failed: ${tellError(error)}`);
  } catch {
    // Not even that can be said here.
  }
}

function onRemoved(_event: string, removed: Listener): void {
  // Whoever removes all is in the middle of it.
  if (kept.has(removed)) nextTick(listenAgain);
}

const listenAgain = guarded('listening again', () => {
  const gone = onNewListener.filter((one) => !process.listeners('newListener' as 'exit').includes(one));
  for (const [listener, event] of kept) {
    if (process.listeners(event as 'exit').includes(listener)) continue;
    process.on(event, listener);
    for (const one of gone) Reflect.apply(one, process, [event, listener]);
  }
  const own = process.listeners('removeListener' as 'exit') as readonly Listener[];
  if (kept.size > 0 && !own.includes(onRemoved as Listener)) process.on('removeListener', onRemoved);
});
