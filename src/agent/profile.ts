import { setTimeout as pause } from 'node:timers/promises';
import type { RawFrame } from '../raw-frame.js';

/** The answer of the inspector's `Profiler.stop`, as far as it matters here. */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
}
interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** From 0, as the column. */
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly hitCount?: number;
  readonly children?: readonly number[];
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** Microseconds between two samples. */
const SAMPLING_US = 250;

/** Starting one makes V8 look at all functions that it has: only for a thread that burns a CPU anyway. */
export async function takeProfile(
  post: (method: string, params: object, done: (result: object | undefined) => void) => void,
  ms: number,
): Promise<Profile | undefined> {
  const call = (method: string, params: object = {}) =>
    new Promise<object | undefined>((resolve) => {
      try {
        post(method, params, resolve);
      } catch {
        // The session was closed meanwhile.
        resolve(undefined);
      }
    });
  const take = async () => {
    await call('Profiler.enable');
    await call('Profiler.setSamplingInterval', { interval: SAMPLING_US });
    if (!(await call('Profiler.start'))) return undefined;
    await pause(ms, undefined, { ref: false });
    const stopped = (await call('Profiler.stop')) as { profile?: Profile } | undefined;
    await call('Profiler.disable');
    return stopped?.profile;
  };
  return Promise.race([take(), pause(2 * ms + 1000, undefined, { ref: false })]);
}

/** A stack, and how often the samples were in it. */
export interface Sampled {
  /** Innermost first. */
  readonly frames: readonly RawFrame[];
  readonly count: number;
}

/** The stacks of a profile that were met, each once for every function that was innermost. */
export function readProfile({ nodes }: Profile): readonly Sampled[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  return nodes.flatMap((node) => {
    if (!node.hitCount) return [];
    const frames: RawFrame[] = [];
    for (let at: ProfileNode | undefined = node; at; at = byId.get(parents.get(at.id) ?? -1)) {
      if (!isMeta(at)) frames.push(toFrame(at));
    }
    return [{ frames, count: node.hitCount }];
  });
}

/** `(root)`, `(program)`, `(garbage collector)`, `(idle)`. */
function isMeta({ callFrame: { functionName, url } }: ProfileNode): boolean {
  return url === '' && functionName.startsWith('(');
}

function toFrame({ callFrame, positionTicks = [] }: ProfileNode): RawFrame {
  const { functionName, url, lineNumber, columnNumber } = callFrame;
  // Of V8's and Node's native functions the lines are their callers'.
  if (url === '') return { function: functionName, file: '', line: 0, column: 0, async: false };
  const [most] = [...positionTicks].sort((a, b) => b.ticks - a.ticks);
  const enclosing = { enclosingLine: lineNumber + 1, enclosingColumn: columnNumber + 1 };
  const place = most && most.line !== lineNumber + 1 ? { line: most.line, column: 1 } : undefined;
  return {
    function: functionName,
    file: url,
    ...(place ?? { line: lineNumber + 1, column: columnNumber + 1 }),
    async: false,
    ...enclosing,
  };
}
