import type { RawFrame } from '../raw-frame.js';

export interface Captured {
  /** Innermost first. */
  readonly frames: readonly RawFrame[];
  /** Whether there were more calls than `limit`. */
  readonly deeper: boolean;
}

/** The script name of code that the agent evaluates. Its frame is not the program's. */
export const EVALUATED = 'guru-meditation:evaluated';

/**
 * The stack beneath `below`, or beneath the caller, without changing anything the program can see: it may have set
 * `Error.stackTraceLimit` or replaced `Error.prepareStackTrace`.
 * It uses only its arguments, since its source is also evaluated in other worker threads.
 */
export function captureFrames(limit: number, below: (...args: never) => unknown, evaluated: string): Captured {
  type CallSite = NodeJS.CallSite & {
    getEnclosingLineNumber?(): number;
    getEnclosingColumnNumber?(): number;
    getScriptNameOrSourceURL?(): string;
    getPosition?(): number;
  };
  const holder = Error as unknown as { stackTraceLimit: unknown; prepareStackTrace: unknown };
  const before = {
    limit: Object.getOwnPropertyDescriptor(holder, 'stackTraceLimit'),
    prepare: Object.getOwnPropertyDescriptor(holder, 'prepareStackTrace'),
  };
  // V8's own words: `Type.method [as alias] (place)`, `async Promise.all (index 0)`, or the bare place.
  const nameOf = (site: CallSite): string => {
    const words = String(site).replace(/^async /, '');
    if (/^Promise\.\w+ \(index \d+\)$/.test(words)) return words;
    // A bare place, whose path may hold a parenthesis.
    if (!words.endsWith(')')) return '';
    const place = words.lastIndexOf(` (${site.getFileName() || ' '}`);
    const cut = place < 0 ? words.indexOf(' (') : place;
    return cut < 0 ? '' : words.slice(0, cut);
  };
  // Innermost first, as `sites`, but without V8's own calls and without suspended ones. From Node 22.12 on.
  const listIds = (): readonly { scriptId?: string; lineNumber?: number; columnNumber?: number }[] => {
    try {
      const util = process.getBuiltinModule('node:util') as unknown as {
        getCallSites?(count: number, options: object): object[];
      };
      return util.getCallSites?.(Math.min(limit + 8, 200), { sourceMap: false }) ?? [];
    } catch {
      return [];
    }
  };
  let ids: ReturnType<typeof listIds> = [];
  let next = 0;
  const findId = (line: number | null, column: number | null): number => {
    let at = next;
    while (at < ids.length && !(ids[at]?.lineNumber === line && ids[at]?.columnNumber === column)) at += 1;
    if (!line || at === ids.length) return 0;
    next = at + 1;
    return Number(ids[at]?.scriptId) || 0;
  };
  const nameUnnamed = (site: CallSite): string =>
    site.isNative() ? 'native' : (site.isEval() && site.getEvalOrigin()) || '';
  const toFrame = (site: CallSite): RawFrame => {
    const line = site.getEnclosingLineNumber?.();
    const column = site.getEnclosingColumnNumber?.();
    const position = site.getPosition?.();
    const isAsync = (site as unknown as { isAsync?(): boolean }).isAsync?.() ?? false;
    const scriptId = isAsync ? 0 : findId(site.getLineNumber(), site.getColumnNumber());
    return {
      function: nameOf(site),
      file: site.getScriptNameOrSourceURL?.() || site.getFileName() || nameUnnamed(site),
      line: site.getLineNumber() ?? 0,
      column: site.getColumnNumber() ?? 0,
      async: isAsync,
      ...(line && column ? { enclosingLine: line, enclosingColumn: column } : {}),
      ...(position !== undefined && position >= 0 ? { position } : {}),
      ...(scriptId > 0 ? { scriptId } : {}),
    };
  };
  // `    at [async ]name (file:line:column)`, or without a name and parentheses.
  const readLine = (text: string): RawFrame | undefined => {
    const [, isAsync, name = '', inside, bare] =
      /^ {4}at (async )?(?:(.*?) \((?=[/\\<]|[\w+.-]+:|native\)|index \d|eval at )(.*)\)|(.*))$/.exec(text) ?? [];
    const place = inside ?? bare;
    if (place === undefined) return undefined;
    const [, file = place, line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
    return { function: name, file, line: Number(line ?? 0), column: Number(column ?? 0), async: isAsync !== undefined };
  };
  const replace = (key: string, value: unknown): boolean => {
    try {
      Object.defineProperty(holder, key, { writable: true, configurable: true, enumerable: true, value });
      return true;
    } catch {
      // Frozen, by the program or with --frozen-intrinsics.
      return false;
    }
  };
  const put = (key: string, descriptor: PropertyDescriptor | undefined) => {
    if (descriptor) Object.defineProperty(holder, key, descriptor);
    else delete (holder as unknown as Record<string, unknown>)[key];
  };
  let sites: CallSite[] | undefined;
  const target: { stack?: unknown } = {};
  let text: unknown;
  let limited = false;
  let prepared = false;
  try {
    limited = replace('stackTraceLimit', limit + 8);
    prepared = replace('prepareStackTrace', (_: unknown, callSites: CallSite[]) => {
      sites = callSites;
      return '';
    });
    Error.captureStackTrace(target, below);
    text = target.stack;
  } finally {
    if (limited) put('stackTraceLimit', before.limit);
    if (prepared) put('prepareStackTrace', before.prepare);
  }
  if (sites?.some((site) => site.getLineNumber() && !site.getFileName()?.startsWith('node:'))) ids = listIds();
  const frames: RawFrame[] = [];
  const found = sites?.map(toFrame) ?? (typeof text === 'string' ? text.split('\n').map(readLine) : []);
  for (const frame of found) if (frame && frame.file !== evaluated) frames.push(frame);
  const cut = !limited && frames.length >= Number(before.limit?.value);
  return { frames: frames.slice(0, limit), deeper: frames.length > limit || cut };
}
