import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE } from '../process/start.js';

/** A file system of the test's own, which stops answering when the test says so. */
export interface FileSystem {
  /** Its mount point. */
  readonly root: string;
  /** From here on no request is answered, as by a network file system whose server is gone. */
  hang(): void;
  /** Answers again, also the requests that have come meanwhile. */
  answer(): void;
  unmount(): void;
}

/** Whether this user and this kernel can mount one. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return true;
  } catch {
    return false;
  }
}

/**
 * Mounts a FUSE file system that holds these files, by name, in its one directory. It speaks to the kernel's /dev/fuse
 * itself, so that no library has to be there.
 */
export async function mountFiles(directory: string, files: { readonly [name: string]: string }): Promise<FileSystem> {
  const root = join(directory, 'mounted');
  const flag = join(directory, 'hang');
  mkdirSync(root);
  const device = openSync('/dev/fuse', 'r+');
  const options = `fd=3,rootmode=40000,user_id=0,group_id=0,allow_other`;
  execFileSync('mount', ['-i', '-t', 'fuse', 'gmr-test', root, '-o', options], {
    stdio: ['ignore', 'ignore', 'inherit', device],
  });
  const server: ChildProcess = spawn(
    process.execPath,
    [join(PACKAGE, 'test', 'places', 'fuse-server.mjs'), flag, JSON.stringify(files)],
    { stdio: ['ignore', 'pipe', 'inherit', device] },
  );
  closeSync(device);
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once('data', () => resolve());
    server.once('exit', (code) => reject(new Error(`the file system's server ended with ${code}`)));
  });
  return {
    root,
    hang: () => writeFileSync(flag, ''),
    answer: () => rmSync(flag, { force: true }),
    unmount() {
      execFileSync('umount', ['-l', root]);
      // A request that still waits gets an error.
      server.kill('SIGKILL');
    },
  };
}
