import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { RawFrame } from '../raw-frame.js';
import type { Frame } from '../report.js';

/** A stack to be told from others. */
export interface HashedStack {
  /** Innermost first. */
  readonly frames: readonly Frame[];
  /** The same as V8 told it, frame by frame: where each function starts. */
  readonly raw?: readonly RawFrame[];
  /** How many of the outermost calls stayed while it was looked at again; see agent/steady-frames.ts. */
  readonly steady?: number;
  /** The directory into which the program was put. */
  readonly root?: string | undefined;
}

/**
 * 16 hex digits that are the same for what is stuck in the same place in every process of the same build: the functions
 * that are running, one in another, whatever the host, the pid and the directory.
 *
 * - Lines are left out: a loop is interrupted now at one of its lines, now at another. A function is identified by
 *   its file and where it starts, or by its name if that is not known.
 * - So are the calls that did not stay while the stack was looked at again: a loop is interrupted now in one of the
 *   functions that it calls, now in another. If no function of the program stayed, it is not stuck, and all calls count.
 * - Node's own frames differ between its versions: they count only if there are no others.
 * - Async frames are left out if there are others. They name the callers that wait, not the stuck function; and a function that has
 *   not reached its first `await` still has its callers beneath it as plain calls, so that they depend on when one asks.
 * - A function counts once, where the stack first comes to it: a recursion is the same at every depth.
 * - Of a file outside `root` all but its name is left out.
 */
export function stackHash({ frames, raw = [], steady, root }: HashedStack): string {
  const calls = frames.map((frame, index) => ({ frame, raw: raw[index] }));
  const stayed = steady === undefined ? calls : calls.slice(calls.length - steady);
  const counted = stayed.some(({ frame }) => frame.origin !== 'node') ? stayed : calls;
  const functions = new Set(
    choose(counted)
      .reverse()
      .map((call) => identify(call, root)),
  );
  return createHash('sha256')
    .update([...functions].join('\n\n'))
    .digest('hex')
    .slice(0, 16);
}

interface Call {
  readonly frame: Frame;
  readonly raw: RawFrame | undefined;
}

function choose(calls: readonly Call[]): Call[] {
  const own = calls.filter(({ frame }) => frame.origin !== 'node');
  const running = own.filter(({ frame }) => !frame.async);
  return [...([running, own].find((some) => some.length > 0) ?? calls)];
}

function identify({ frame, raw }: Call, root: string | undefined): string {
  const file = relate(frame, root);
  // Node's own and V8's builtins move from version to version.
  if (raw?.enclosingLine && frame.origin !== 'node') return `${file}\n${raw.enclosingLine}:${raw.enclosingColumn}`;
  return `${file}\n${frame.function.replace(/ \[(?:as|evaluated) [^\]]*\]$/, '')}`;
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
