import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group of version 1, of the test's own. */
export interface Cgroup {
  /** Moves a process into it, with all its threads. */
  add(pid: number): void;
  /** The file that a process writes its own id to. */
  readonly processes: string;
  set(file: string, value: string): void;
  /** Only when no process is left in it. */
  remove(): void;
}

const ROOT = '/sys/fs/cgroup';
let made = 0;

/** `limits`: by the name of a file of the controller. @throws the system's error if this user, or this kernel, cannot */
export function makeCgroup(controller: 'cpu' | 'pids', limits: { readonly [file: string]: string }): Cgroup {
  made += 1;
  const group = join(ROOT, controller, `gmr-test-${process.pid}-${made}`);
  mkdirSync(group);
  const set = (file: string, value: string) => writeFileSync(join(group, file), value);
  for (const [file, value] of Object.entries(limits)) set(file, value);
  return {
    add: (pid) => set('cgroup.procs', String(pid)),
    processes: join(group, 'cgroup.procs'),
    set,
    remove: () => rmdirSync(group),
  };
}

export function canLimit(controller: 'cpu' | 'pids'): boolean {
  try {
    makeCgroup(controller, {}).remove();
    return true;
  } catch {
    return false;
  }
}

/** 5 ms of CPU time in each 100 ms. */
export const TWENTIETH = { 'cpu.cfs_quota_us': '5000' };
