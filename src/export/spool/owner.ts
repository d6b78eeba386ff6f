import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that holds the lease of a report's file. Its pid and start time are unique within its place only. */
export interface Owner {
  readonly pid: number;
  /** Clock ticks since boot at which it started, 0 if the system does not say. */
  readonly started: number;
  /** Distinguishes machines, and containers of one machine. */
  readonly place: string;
}

export const NOBODY: Owner = { pid: 0, started: 0, place: '00000000' };

export function readOwnSelf(): Owner {
  return { pid: process.pid, started: readStart(process.pid) ?? 0, place: readPlace() };
}

export function showOwner({ pid, started, place }: Owner): string {
  return `${pid}-${started}-${place}`;
}

/** Whether that process still runs; undefined for a process of another machine or container. */
export function isAlive(owner: Owner, self: Owner): boolean | undefined {
  if (owner.pid === NOBODY.pid) return false;
  if (owner.place !== self.place) return undefined;
  const started = readStart(owner.pid);
  if (started !== undefined) return started === owner.started;
  if (self.started !== 0) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The 22nd field of its stat line; its name, in parentheses, may hold anything. */
function readStart(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

function readPlace(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid') + readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
  } catch {
    // Other systems: one machine is one place.
  }
  return createHash('sha256').update(`${hostname()}\n${namespace}`).digest('hex').slice(0, 8);
}
