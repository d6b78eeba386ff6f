import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { findMount, readMounts } from './mounts.js';
import { pathIn } from './path-in.js';
import { tellStuckDisk } from './stuck-disk.js';

/*
 * A system call on a file system whose server is gone does not return, and the thread that made it cannot be ended: the
 * process's exit would wait for it. So a path is touched only if it is on a file system of this machine's kernel.
 */

/** File systems that need no other program and no network. */
const LOCAL_TYPES: ReadonlySet<string> = new Set(
  (
    'ext2 ext3 ext4 xfs btrfs zfs f2fs bcachefs jfs reiserfs nilfs2 tmpfs ramfs rootfs devtmpfs overlay overlayfs aufs ' +
    'squashfs erofs iso9660 udf vfat msdos exfat ntfs3 hfsplus ubifs jffs2'
  ).split(' '),
);

/** Those of them that need no disk. */
const MEMORY_TYPES: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'devtmpfs']);

/** As many as the kernel follows: path_resolution(7). */
const MAX_LINKS = 40;

/** The target of a path, or the reason why it is not touched. */
export type Place =
  | { readonly isLocal: true /** Without symbolic links, as far as the path exists. */; readonly path: string }
  | { readonly isLocal: false; readonly reason: string };

/** Whether the path can be touched without waiting for a server, another program or a disk of another machine. */
export function isLocal(path: string): boolean {
  return findPlace(path).isLocal;
}

/**
 * Follows the symbolic links of an absolute path, one component at a time, and touches no component that is not local. The path
 * need not exist. While a disk does not answer, only file systems in memory count as local. Without `/proc` (macOS,
 * Windows) nothing is known, and each path counts as local.
 */
export function findPlace(path: string): Place {
  if (!isAbsolute(path)) return { isLocal: false, reason: 'it is not an absolute path' };
  const mounts = readMounts();
  if (mounts === undefined) return { isLocal: true, path: followLinks(path) };
  const stuck = tellStuckDisk();
  if (stuck !== undefined && !MEMORY_TYPES.has(findMount(path, mounts) ?? 'unknown')) {
    return { isLocal: false, reason: stuck };
  }
  let open = splitPath(path);
  let at = '/';
  let links = 0;
  for (;;) {
    const type = findMount(at, mounts) ?? 'unknown';
    if (!LOCAL_TYPES.has(type)) return { isLocal: false, reason: `${at} is on a file system of type ${type}` };
    const name = open.shift();
    if (name === undefined) return { isLocal: true, path: at };
    if (name === '..') {
      at = dirname(at);
      continue;
    }
    const next = pathIn(at, name);
    // Not looked at before its own file system is known: it may be a mount point.
    const own = findMount(next, mounts);
    if (own !== undefined && !LOCAL_TYPES.has(own)) {
      return { isLocal: false, reason: `${next} is on a file system of type ${own}` };
    }
    const target = readLink(next);
    if (target === undefined) at = next;
    else {
      links += 1;
      if (links > MAX_LINKS) return { isLocal: false, reason: 'it has too many symbolic links' };
      open = [...splitPath(target), ...open];
      if (isAbsolute(target)) at = '/';
    }
  }
}

function splitPath(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function followLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Undefined if it is not a symbolic link, or does not exist. */
function readLink(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    // Not allowed, or a component is not a directory: the next use of the path says so.
    return undefined;
  }
}
