import { readFileSync } from 'node:fs';

/**
 * The mounts of this process's mount namespace: absolute paths of the mount points, with the kernel's name of the file
 * system's type: `ext4`, `nfs4`, `fuse.sshfs`. Of those on one mount point, the last: it covers the others.
 */
export type Mounts = ReadonlyMap<string, string>;

/** Milliseconds for which the table is not read again: mounts come and go while a process lives. */
const FRESH_MS = 1000;

let known: { readonly mounts: Mounts; readonly readMs: number } | undefined;

/** Undefined if there is no `/proc`. */
export function readMounts(nowMs = readSeconds() * 1000): Mounts | undefined {
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
export function parseMounts(text: string): Mounts {
  const mounts = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [before = '', after] = line.split(' - ');
    const point = before.split(' ')[4];
    const type = after?.split(' ')[0];
    if (point !== undefined && type !== undefined) mounts.set(unescapePath(point), type);
  }
  return mounts;
}

/** The type of the mount that holds `path`, which is absolute and has no symbolic links in it: the longest prefix. */
export function findMount(path: string, mounts: Mounts): string | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const type = mounts.get(path.slice(0, end));
    if (type !== undefined) return type;
  }
  return mounts.get('/');
}

/** A path of mountinfo: space, tab, newline and backslash are written in octal there, `\040`. */
export function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Seconds of the machine's monotonic clock. `performance.now` would load `node:perf_hooks`: an agent at rest does without. */
function readSeconds(): number {
  const [seconds] = process.hrtime();
  return seconds;
}
