import { startThreadSample } from '../procfs/thread.js';
import type { StartData } from '../protocol.js';

/** A sentence on an agent that no longer answered, with the state of its thread in the kernel. */
export function tellReplaced({ thread, signal, waitedMs }: NonNullable<StartData['replaced']>): string {
  const kernel = startThreadSample(thread)();
  const doing = kernel
    ? `its thread ${thread} is ${kernel.state}${kernel.syscall ? ` in ${kernel.syscall}` : ''}${kernel.wchan ? ` (${kernel.wchan})` : ''}`
    : `its thread ${thread} has ended`;
  return `gmr: the agent had not taken ${signal} after ${waitedMs} ms: ${doing}; another one is started`;
}
