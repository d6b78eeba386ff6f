import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Runs it in the async context that this module was loaded in. A timer or a thread keeps the context that it is made in: it
 * would hold what the program has for one request, for the life of the process.
 */
export const runOutside: <T>(run: () => T) => T = AsyncLocalStorage.snapshot();
