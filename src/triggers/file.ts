import { stat } from 'node:fs/promises';

export interface FileWatch {
  /** What is done to it until `rebase` does not count. */
  hold(): void;
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
  let held = false;
  /** Of what is seen: a look that began before it is of what no longer counts. */
  let base = 0;
  const timer = setInterval(async () => {
    // A file system that hangs has one look at a time waiting for it.
    if (looking || held) return;
    looking = true;
    const from = base;
    const before = await seen;
    const now = await look(path);
    looking = false;
    if (held || from !== base) return;
    seen = Promise.resolve(now);
    if (now !== undefined && now !== before) onTouch();
  }, intervalMs).unref();
  return {
    hold() {
      held = true;
    },
    async rebase() {
      base += 1;
      seen = look(path);
      held = false;
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
