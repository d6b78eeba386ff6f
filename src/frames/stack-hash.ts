import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Frame } from '../report.js';

/**
 * 16 hex digits that are the same for the same stack in every process of the same build: function, file and line of
 * each call, whatever the host, the pid and the directory `root` into which the program was put.
 *
 * - Node's own frames differ between its versions: they count only where there are no others.
 * - Async frames are left out where there are others. They say who waits, not what is stuck; and a function that has
 *   not reached its first `await` still has its callers beneath it as plain calls, so that they depend on when one asks.
 * - A place counts once: a recursion is the same at every depth.
 * - Columns are left out, and of a file outside `root` all but its name.
 */
export function stackHash(frames: readonly Frame[], root?: string): string {
  const places = new Set(choose(frames).map((frame) => `${frame.function}\n${relate(frame, root)}\n${frame.line}`));
  return createHash('sha256')
    .update([...places].join('\n\n'))
    .digest('hex')
    .slice(0, 16);
}

function choose(frames: readonly Frame[]): readonly Frame[] {
  const own = frames.filter((frame) => frame.origin !== 'node');
  const running = own.filter((frame) => !frame.async);
  return [running, own].find((some) => some.length > 0) ?? frames;
}

function relate(frame: Frame, root: string | undefined): string {
  const file = frame.file.replaceAll('\\', '/');
  const installed = file.lastIndexOf('/node_modules/');
  // A package manager may put it at any depth, or in a store.
  if (installed >= 0) return file.slice(installed + 1);
  const start = root === undefined ? '' : toDirectory(root);
  if (start !== '' && file.startsWith(start)) return file.slice(start.length);
  return file.startsWith('/') || /^[a-z]:\//i.test(file) ? file.slice(file.lastIndexOf('/') + 1) : file;
}

function toDirectory(root: string): string {
  try {
    const path = (root.startsWith('file:') ? fileURLToPath(root) : root).replaceAll('\\', '/');
    return path.endsWith('/') ? path : `${path}/`;
  } catch {
    return '';
  }
}
