import { stat } from 'node:fs/promises';

export interface FileWatch {
  /** What has been done to it until now does not count. */
  rebase(): Promise<void>;
  close(): void;
}

/**
 * Looks at a path again and again: it may not exist yet, be deleted, replaced, a directory, or on a file system that
 * tells of no changes. `onTouch`: it is there, and newer than it was, or another.
 */
export function watchFile(path: string, intervalMs: number, onTouch: () => void): FileWatch {
  let seen = look(path);
  let looking = false;
  const timer = setInterval(async () => {
    // A file system that hangs has one look at a time waiting for it.
    if (looking) return;
    looking = true;
    const before = await seen;
    const now = await look(path);
    seen = Promise.resolve(now);
    looking = false;
    if (now !== undefined && now !== before) onTouch();
  }, intervalMs).unref();
  return {
    async rebase() {
      seen = look(path);
      await seen;
    },
    close: () => clearInterval(timer),
  };
}

/** Undefined where nothing is there, or nothing can be seen. */
async function look(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, mtimeMs } = await stat(path);
    return `${dev}:${ino}:${mtimeMs}`;
  } catch {
    return undefined;
  }
}
