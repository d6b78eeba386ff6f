import { readFileSync } from 'node:fs';

/** A mount of this process's mount namespace. */
export interface Mount {
  /** Absolute path of the mount point. */
  readonly point: string;
  /** The kernel's name of the file system's type: `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
}

/** Milliseconds for which the table is not read again: mounts come and go while a process lives. */
const FRESH_MS = 1000;

let known: { readonly mounts: readonly Mount[]; readonly readMs: number } | undefined;

/** All mounts, later ones covering earlier ones; undefined if there is no `/proc`. */
export function readMounts(nowMs = performance.now()): readonly Mount[] | undefined {
  if (known && nowMs - known.readMs < FRESH_MS) return known.mounts;
  try {
    known = { mounts: parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')), readMs: nowMs };
    return known.mounts;
  } catch {
    // No descriptor is left, or /proc does not exist: an older table is better than no table.
    return known?.mounts;
  }
}

/** Lines of proc_pid_mountinfo(5): field 5 is the mount point, the first field behind ` - ` the type. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ');
    const point = before.split(' ')[4];
    const type = after?.split(' ')[0];
    return point === undefined || type === undefined ? [] : [{ point: unescapePath(point), type }];
  });
}

/**
 * The mount that holds `path`, which has no symbolic links in it: the longest prefix, and the last one mounted there.
 */
export function findMount(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const isAbove = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (isAbove && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
