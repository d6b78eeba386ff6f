import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawFrame } from '../raw-frame.js';
import type { Frame } from '../report.js';
import { makeHarmless } from './source-line.js';
import { evalCaller } from './stack-text.js';

/** A frame before its file is looked at. */
export interface Described {
  readonly frame: Frame;
  /** The script's path, if it has one. */
  readonly path?: string;
  /** Its place in that script: the call, and where its function starts. */
  readonly raw: RawFrame;
  /** The call as V8 tells it: of evaluated code, `raw` is the place that evaluates it. */
  readonly own: RawFrame;
}

/** Longer ones are `data:` URLs and worse. */
const MAX_NAME_CHARACTERS = 300;

/** A call as V8's own text describes it. Evaluated code is shown at the place that evaluates it. */
export function describeFrame(raw: RawFrame): Described {
  const caller = raw.file.startsWith('eval at ') ? evalCaller(raw.file) : undefined;
  if (!caller) return describe(raw, raw.function, raw);
  const name = `${raw.function || '<anonymous>'} [evaluated ${raw.line}:${raw.column}]`;
  return describe({ ...caller, function: '', async: raw.async }, name, raw);
}

/** Whose code a file is. */
export function originOf(file: string): Frame['origin'] {
  if (file.startsWith('node:') || file === '' || file === 'native') return 'node';
  // A bundler's own runtime does not belong to the application, like a package.
  if (/(?:^|[\\/])node_modules[\\/]/.test(file) || /^webpack:\/\/[^/]*\/webpack\//.test(file)) return 'dependency';
  return 'application';
}

/** A name or a path as a report holds it: on one line, and no longer than one reads. */
export function showName(name: string): string {
  return makeHarmless(name.length > MAX_NAME_CHARACTERS ? `${name.slice(0, MAX_NAME_CHARACTERS - 1)}…` : name);
}

function describe(raw: RawFrame, name: string, own: RawFrame): Described {
  const path = toPath(raw.file);
  const file = showName(path ?? raw.file);
  // Code without a name but with lines was evaluated by the program; V8's builtins have no lines.
  const origin = file === '' && raw.line > 0 ? 'application' : originOf(file);
  const frame: Frame = {
    function: showName(name) || '<anonymous>',
    file,
    line: raw.line,
    column: raw.column,
    origin,
    async: raw.async,
  };
  return path === undefined ? { frame, raw, own } : { frame, path, raw, own };
}

/** The path of a script's name, if it is one. */
function toPath(file: string): string | undefined {
  if (!file.startsWith('file:')) return isAbsolute(file) ? file : undefined;
  try {
    // An ES module imported again with a query is the same file.
    return fileURLToPath(file);
  } catch {
    return undefined;
  }
}
