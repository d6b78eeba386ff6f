import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { succeeds } from '../faults/commands.js';

/** A local file system of the test's own. */
export interface Disk {
  readonly root: string;
  unmount(): void;
}

export interface FreezingDisk extends Disk {
  /** From here on writes wait in the kernel, and nothing ends a thread that waits there. */
  freeze(): void;
  thaw(): void;
}

const runs = (command: string, args: readonly string[]) => execFileSync(command, args, { stdio: 'pipe' });

/** Whether this user may mount one. */
export function canMount(): boolean {
  return (
    process.getuid?.() === 0 &&
    succeeds('unshare', ['--mount', 'sh', '-c', `mount -t tmpfs none ${tmpdir()} && umount ${tmpdir()}`])
  );
}

/** In memory. @param options of mount(8), as `size=2m`. @throws Error if this user cannot mount one */
export function mountDisk(directory: string, options: string): Disk {
  const root = makeRoot(directory);
  runs('mount', ['-t', 'tmpfs', '-o', options, 'none', root]);
  return { root, unmount: () => void runs('umount', ['-l', root]) };
}

/** In memory, with room for two blocks. @throws Error if this user cannot mount one */
export function mountFullDisk(directory: string): Disk {
  const disk = mountDisk(directory, 'size=256k');
  const { bavail, bsize } = statfsSync(disk.root);
  writeFileSync(join(disk.root, 'full'), Buffer.alloc((bavail - 2) * bsize));
  return disk;
}

/** ext4 in a file, by a loop device. @throws Error if this user, or this machine, cannot */
export function mountFreezingDisk(directory: string): FreezingDisk {
  const root = makeRoot(directory);
  const image = `${root}.image`;
  writeFileSync(image, '');
  truncateSync(image, 32 * 2 ** 20);
  runs('mkfs.ext4', ['-q', image]);
  runs('mount', ['-o', 'loop', image, root]);
  let isFrozen = false;
  const set = (frozen: boolean) => {
    if (isFrozen !== frozen) runs('fsfreeze', [frozen ? '-f' : '-u', root]);
    isFrozen = frozen;
  };
  return {
    root,
    freeze: () => set(true),
    thaw: () => set(false),
    unmount() {
      set(false);
      runs('umount', ['-l', root]);
    },
  };
}

export function canFreeze(directory: string): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    mountFreezingDisk(directory).unmount();
    return true;
  } catch {
    return false;
  }
}

function makeRoot(directory: string): string {
  const root = join(mkdtempSync(join(directory, 'disk-')), 'mounted');
  mkdirSync(root);
  return root;
}
