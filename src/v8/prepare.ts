import { arm } from './arm.js';
import { createLiveThreads, type LiveThreads } from './live-threads.js';
import { createMemory, type Memory, openProcessMemory } from './memory.js';
import type { Reading } from './reading.js';
import { createSuspendedReader, type SuspendedReader } from './suspended/suspended.js';

/** This process's memory, opened, with all that is known of its V8. */
export interface Prepared {
  readonly memory: Memory;
  readonly reading: Reading;
  readonly threads: LiveThreads;
  readonly suspended: SuspendedReader;
}

/** Opens the memory and learns; the reason if it cannot be read. Never throws. */
export function prepare(): Prepared | string {
  if (process.platform !== 'linux') return 'it needs /proc/self/mem, which Linux alone has';
  let memory: Memory;
  try {
    memory = createMemory(openProcessMemory());
  } catch (error) {
    return tellRefusal((error as NodeJS.ErrnoException).code ?? String(error));
  }
  const armed = arm(memory);
  if (typeof armed === 'string') return armed;
  const { reading, ownId } = armed;
  const threads = createLiveThreads(memory, armed);
  const suspended = createSuspendedReader(reading, () => ({
    isolate: threads.isolateOf(ownId),
    stackEnd: (address) => threads.stackEnd(ownId, address),
  }));
  return { memory, reading, threads, suspended };
}

/** Linux gives the memory of a process that has changed its user to root alone (prctl(2), PR_SET_DUMPABLE). */
function tellRefusal(code: string): string {
  const refusal = `/proc/self/mem cannot be opened (${code})`;
  if (code !== 'EACCES' && code !== 'EPERM') return refusal;
  return `${refusal}: the process has changed its user, or may not be dumped, or a security profile denies it`;
}
