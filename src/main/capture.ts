import type { RawFrame } from '../frames/raw.js';

export interface Captured {
  /** Innermost first. */
  readonly frames: readonly RawFrame[];
  /** Whether there were more calls than `limit`. */
  readonly deeper: boolean;
}

/** The script name of what the agent evaluates; its frame is ours, not the program's. */
export const EVALUATED = 'guru-meditation:evaluated';

/**
 * The stack beneath `below`, or beneath the caller, without changing anything the program can see: it may have set
 * `Error.stackTraceLimit` or replaced `Error.prepareStackTrace`.
 *
 * Uses nothing but its arguments, since its source is also evaluated in other worker threads.
 */
export function captureFrames(limit: number, below: (...args: never) => unknown, evaluated: string): Captured {
  type CallSite = NodeJS.CallSite & {
    getEnclosingLineNumber?(): number;
    getEnclosingColumnNumber?(): number;
    getScriptNameOrSourceURL?(): string;
    isPromiseAll?(): boolean;
  };
  const holder = Error as unknown as { stackTraceLimit: unknown; prepareStackTrace: unknown };
  const before = {
    limit: Object.getOwnPropertyDescriptor(holder, 'stackTraceLimit'),
    prepare: Object.getOwnPropertyDescriptor(holder, 'prepareStackTrace'),
  };
  // V8's own words: `Type.method [as alias] (place)`, `async Promise.all (index 0)`, or the bare place.
  const nameOf = (site: CallSite): string => {
    const words = String(site).replace(/^async /, '');
    if (site.isPromiseAll?.() || words.startsWith('Promise.')) return words;
    const cut = words.indexOf(' (');
    return cut < 0 ? '' : words.slice(0, cut);
  };
  const toFrame = (site: CallSite): RawFrame => {
    const line = site.getEnclosingLineNumber?.();
    const column = site.getEnclosingColumnNumber?.();
    return {
      function: nameOf(site),
      file: site.getScriptNameOrSourceURL?.() || site.getFileName() || (site.isNative() ? 'native' : ''),
      line: site.getLineNumber() ?? 0,
      column: site.getColumnNumber() ?? 0,
      async: (site as unknown as { isAsync?(): boolean }).isAsync?.() ?? false,
      ...(line && column ? { enclosingLine: line, enclosingColumn: column } : {}),
    };
  };
  const put = (key: string, descriptor: PropertyDescriptor | undefined) => {
    if (descriptor) Object.defineProperty(holder, key, descriptor);
    else delete (holder as unknown as Record<string, unknown>)[key];
  };
  let sites: CallSite[] = [];
  try {
    const plain = { writable: true, configurable: true, enumerable: true };
    Object.defineProperty(holder, 'stackTraceLimit', { ...plain, value: limit + 8 });
    Object.defineProperty(holder, 'prepareStackTrace', {
      ...plain,
      value: (_: unknown, callSites: CallSite[]) => {
        sites = callSites;
        return '';
      },
    });
    const target: { stack?: unknown } = {};
    Error.captureStackTrace(target, below);
    void target.stack;
  } finally {
    put('stackTraceLimit', before.limit);
    put('prepareStackTrace', before.prepare);
  }
  const frames: RawFrame[] = [];
  for (const site of sites) {
    const frame = toFrame(site);
    if (frame.file !== evaluated) frames.push(frame);
  }
  return { frames: frames.slice(0, limit), deeper: frames.length > limit };
}
