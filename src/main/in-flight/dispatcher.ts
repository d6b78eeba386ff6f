/** Sentences of a report, at most. */
const MAX_POOLS = 20;

/**
 * The requests that wait in the pools of undici's global dispatcher, which `fetch` and `undici.request` use: no event tells
 * of these, and undici publishes their number from its version 7 on.
 */
export function tellDispatcherQueues(): readonly string[] {
  try {
    return [...readPools()].flatMap(([origin, stats]) => tellQueue(origin, stats)).slice(0, MAX_POOLS);
  } catch {
    // The program may have set a dispatcher of its own.
    return [];
  }
}

/** Of an agent, the pool or client of each origin. */
function readPools(): Map<string, object> {
  const all = globalThis as { readonly [key: symbol]: { readonly stats?: unknown } | undefined };
  const dispatcher = all[Symbol.for('undici.globalDispatcher.2')] ?? all[Symbol.for('undici.globalDispatcher.1')];
  const stats = dispatcher?.stats;
  if (typeof stats !== 'object' || stats === null) return new Map();
  if ('pending' in stats) return new Map([['one server', stats]]);
  return new Map(Object.entries(stats));
}

function tellQueue(origin: string, stats: { readonly pending?: unknown; readonly connected?: unknown }): string[] {
  const { pending, connected } = stats;
  if (typeof pending !== 'number' || pending < 1 || typeof connected !== 'number') return [];
  const requests = pending === 1 ? '1 request' : `${pending} requests`;
  const connections = connected === 1 ? '1 connection' : `${connected} connections`;
  return [`undici's pool for ${origin} has ${requests} in its queue, and ${connections}`];
}
