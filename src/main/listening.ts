import { say } from '../stderr.js';
import { tellError } from './error-text.js';

// biome-ignore lint/suspicious/noExplicitAny: events of many kinds, each with its own arguments.
type Listener = (...args: any[]) => void;

/** Kept from before the program runs. */
const { nextTick } = process;
/** Node's own listeners, which start to listen to a signal. `removeAllListeners` removes them as well. */
const onNewListener = process.listeners('newListener' as 'exit') as readonly Listener[];
const kept = new Map<Listener, string>();

/**
 * Listens to an event of the process, also after the program has removed all listeners (`process.removeAllListeners`). Without
 * a listener, a signal would have its default action as soon as the agent is gone, and end the process.
 *
 * @returns a function that stops listening
 * @throws Error if the process cannot listen to the event
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

/**
 * Wraps a callback that Node calls: no error of this package reaches the program, even if the program has changed
 * JavaScript's built-ins.
 */
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
    // Even the message cannot be printed here.
  }
}

const onRemoved = guarded('listening again', (_event: string, removed: Listener) => {
  // The program may be in the middle of removing all listeners.
  if (kept.has(removed)) nextTick(listenAgain);
});

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
