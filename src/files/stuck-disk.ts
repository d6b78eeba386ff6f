import { readFileSync } from 'node:fs';

/*
 * A disk of this machine can stop answering, too. A thread that has touched it cannot be ended then, and neither can the
 * process. The kernel does not say so of a disk, but it says that a thread waits for one: then the agent touches none.
 */

/** Milliseconds that a thread waits for a disk without being woken before the disk counts as stuck. */
const STUCK_MS = 100;
/** Functions of the kernel in which a thread waits for a server, or for its child, and not for a disk. */
const OTHER_WAITS = /^(?:fuse|request_wait_answer|nfs|rpc|cifs|smb|p9|ceph|vfork|wait_for_vfork)/;

interface Waiting {
  readonly thread: number;
  /** How often it has gone to sleep so far. */
  readonly switches: string;
}

let stuck: readonly Waiting[] = [];

/**
 * Looks whether a disk is stuck. `threads`: the kernel's ids of those threads of this process that are in an
 * uninterruptible sleep. Takes 100 ms if there are any.
 */
export async function findStuckDisks(threads: readonly number[]): Promise<void> {
  const waiting = threads.map(readWaiting).filter((one) => one !== undefined);
  // Not imported: main has this file, too, and never waits.
  const { setTimeout: pause } = process.getBuiltinModule('node:timers/promises');
  if (waiting.length > 0) await pause(STUCK_MS, undefined, { ref: false });
  stuck = waiting.filter(isStillWaiting);
}

/** A sentence if a disk was found stuck, and still is. */
export function tellStuckDisk(): string | undefined {
  stuck = stuck.filter(isStillWaiting);
  const [first] = stuck;
  return first && `thread ${first.thread} waits for a disk that does not answer`;
}

function isStillWaiting({ thread, switches }: Waiting): boolean {
  return readWaiting(thread)?.switches === switches;
}

/** Undefined if the thread does not wait for a disk: proc_pid_status(5), proc_pid_wchan(5). */
function readWaiting(thread: number): Waiting | undefined {
  try {
    const directory = `/proc/self/task/${thread}`;
    const status = readFileSync(`${directory}/status`, 'latin1');
    const switches = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1];
    if (!/^State:\s+D/m.test(status) || switches === undefined) return undefined;
    return OTHER_WAITS.test(readFileSync(`${directory}/wchan`, 'latin1')) ? undefined : { thread, switches };
  } catch {
    // It has ended, or there is no /proc.
    return undefined;
  }
}
