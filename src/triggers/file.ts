import { statSync } from 'node:fs';
import { findPlace } from '../files/local.js';

export interface FileWatch {
  close(): void;
}

/**
 * Looks at a path again and again: it may not exist yet, be deleted, replaced, a directory, or on a file system that
 * announces no changes. `onTouch`: it is there, and newer than it was, or another one.
 *
 * @throws Error if the path is not on a local file system: a look at it might never return
 */
export function watchFile(path: string, intervalMs: number, onTouch: () => void): FileWatch {
  const place = findPlace(path);
  if (!place.isLocal) throw new Error(place.reason);
  let seen = look(path);
  const timer = setInterval(() => {
    // Something else may have been mounted there since.
    if (!findPlace(path).isLocal) return;
    const now = look(path);
    if (now !== undefined && now !== seen) onTouch();
    seen = now;
  }, intervalMs).unref();
  return { close: () => clearInterval(timer) };
}

/** Undefined if nothing is there, or nothing can be seen. */
function look(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}:${stats.mtimeMs}`;
  } catch {
    return undefined;
  }
}
