import { say } from '../../stderr.js';

/** Files of this package, as stacks of the agent's thread name them. */
const OWN = /guru-meditation\/reporting\.js|\[worker eval\]/;

let isGuarded = false;

/**
 * Errors that a module of the program throws from a callback of its own do not end the agent's thread: each is a line on
 * stderr. Errors with a call of this package on their stack end it as before.
 */
export function guardThread(module: string): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on('uncaughtException', (error: unknown) => {
    const { stack } = (error ?? {}) as { readonly stack?: unknown };
    if (typeof stack === 'string' && OWN.test(stack)) throw error;
    say(`gmr: exporter ${module} threw, outside of a call: ${String(error).split('\n')[0]}`);
  });
}
