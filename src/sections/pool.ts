import type { OsThread } from '../report.js';

/** libuv's own default. */
const DEFAULT_SIZE = 4;
const MAX_SIZE = 1024;

/** How many threads libuv's pool has, by the environment of the process. */
export function readPoolSize(environment: { readonly [name: string]: string | undefined }): number {
  const size = Number.parseInt(environment.UV_THREADPOOL_SIZE ?? '', 10);
  if (Number.isNaN(size)) return DEFAULT_SIZE;
  return Math.min(Math.max(size, 1), MAX_SIZE);
}

/** `4 of 4 pool threads are busy: 4 in openat (wait_for_partner)`; undefined if none is busy. */
export function tellPool(threads: readonly OsThread[]): string | undefined {
  const busy = threads.filter(isBusy);
  if (busy.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const thread of busy) {
    const place = describeWait(thread);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const places = [...counts].sort((a, b) => b[1] - a[1]).map(([place, count]) => `${count} ${place}`);
  const are = busy.length === 1 ? 'is' : 'are';
  const all = threads.length === 1 ? '1 pool thread' : `${threads.length} pool threads`;
  return `${busy.length} of ${all} ${are} busy: ${places.join(', ')}`;
}

/** An idle thread waits for work on a condition variable, which is a futex. */
function isBusy({ state, wchan, syscall }: OsThread): boolean {
  if (state !== 'sleeping') return true;
  const place = syscall ?? wchan;
  return place !== undefined && !/futex/.test(place);
}

function describeWait({ state, wchan, syscall }: OsThread): string {
  if (syscall === undefined) return wchan === undefined ? state : `in ${wchan}`;
  return wchan === undefined ? `in ${syscall}` : `in ${syscall} (${wchan})`;
}
