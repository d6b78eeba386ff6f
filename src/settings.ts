import { format } from './node-util.js';
import type { Value } from './report.js';
import { flag, names, number, numberOrZero, path, type Row, signals, word } from './setting-kinds.js';

/** Every setting, once. The comments are the public documentation of the options. */
const TABLE = {
  /**
   * `false`: the package does nothing in this process.
   * @default true
   */
  enabled: flag(true),
  /**
   * Signals that make a report; `[]` for none.
   * @default ['SIGUSR1', 'SIGUSR2']
   */
  signals: signals(['SIGUSR1', 'SIGUSR2']),
  /**
   * Directory that gets each report as a file (mode 0600) in place of stderr. If the file cannot be written, the report
   * goes to stderr.
   * @default undefined
   */
  logDir: path('the path of a directory'),
  /**
   * The report as it is printed. `text`: alike things counted together; `full`: each of them told; `short`: header, main's stack,
   * suspended functions, work in flight; `none`: one line; `json`: JSON Lines, one object for each section, and for each other
   * line of this package. What is sent is the same in each.
   * @default 'text'
   */
  format: word('text', ['text', 'short', 'full', 'json', 'none']),
  /**
   * Colour in what is printed on stderr, never in a file of `logDir`. `auto`: on a terminal, unless `NO_COLOR` is set, and
   * in a pipe if `FORCE_COLOR` is.
   * @default 'auto'
   */
  color: word('auto', ['auto', 'always', 'never']),
  /**
   * Milliseconds that the main thread or a worker has to answer. After that, the report shows the kernel's view of the
   * thread.
   * @default 250
   */
  deadlineMs: number(250, 10, 60_000, 'milliseconds'),
  /**
   * Milliseconds that an asynchronous generator has.
   * @default 1000
   */
  sectionDeadlineMs: number(1000, 10, 60_000, 'milliseconds'),
  /**
   * More names whose values are masked. Case does not matter, and a part of a name is enough.
   * @default []
   */
  secretNames: names(),
  /**
   * `false`: frames do not quote their line of source. Literals in it that look like tokens are masked in any case.
   * @default true
   */
  sourceLines: flag(true),
  /**
   * A file or directory that makes a report when it is touched. It need not exist yet.
   * @default undefined
   */
  fileTrigger: path('the path of a file'),
  /**
   * Milliseconds between two checks of `fileTrigger`.
   * @default 1000
   */
  fileTriggerIntervalMs: number(1000, 10, 3_600_000, 'milliseconds'),
  /**
   * Milliseconds without a turn of the event loop that make a report, one for each stall; 0: stalls make no reports.
   * @default 0
   */
  stallMs: numberOrZero(20, 3_600_000, 'milliseconds'),
  /**
   * `true`: an uncaught exception or an unhandled rejection makes a report before it ends the process. The end is
   * delayed by 4 seconds at most.
   * @default false
   */
  crash: flag(false),
  /**
   * Reports that signals and other triggers may make in a minute. The next report counts the triggers beyond that.
   * `generateReport` is not limited.
   * @default 10
   */
  maxReportsPerMinute: number(10, 1, 100_000, 'a number'),
  /**
   * Directory (mode 0700) where reports wait until a collector has accepted them; `none`: they wait in memory.
   * @default 'guru-meditation/spool' in the user's state directory, else in a directory of the user's under the
   * temporary one
   */
  spoolDir: path('the path of a directory, or none'),
  /**
   * Mebibytes that `spoolDir` may hold. Beyond that the oldest report is dropped, with a line on stderr.
   * @default 64
   */
  spoolMaxMib: number(64, 1, 100_000, 'mebibytes'),
  /**
   * Longest random delay in milliseconds between a report, which is printed and on disk by then, and its first
   * delivery. It is for fleets whose processes are all signalled at once. The report of a crash is not delayed.
   * @default 0
   */
  deliveryJitterMs: number(0, 0, 600_000, 'milliseconds'),
  /**
   * `auto`: the stack of a thread in native code is read from this process's own memory, if the memory layout of its V8
   * is known (docs/reader.md); `off`: no memory is read.
   * @default 'auto'
   */
  memoryReader: word('auto', ['auto', 'off']),
};

type Table = typeof TABLE;
type ValueOf<K extends keyof Table> = Table[K]['fallback'];

/** All settings, parsed and frozen; null: not set. */
export type Settings = { readonly [K in keyof Table]: ValueOf<K> };

/** The options of `setupAutorun` beside `package`. Each has an environment variable, which takes precedence over it. */
export type SettingOptions = { [K in keyof Table]?: NonNullable<ValueOf<K>> };

/** Names of all options. */
export const OPTIONS = Object.keys(TABLE) as readonly (keyof Table)[];

/** The value of each option that is not set. */
export const DEFAULTS: { readonly [option: string]: Value } = Object.fromEntries(
  OPTIONS.map((name) => [name, TABLE[name].fallback]),
);

/** Names of all variables, for the help and to find misspelt ones. */
export const VARIABLES: readonly string[] = OPTIONS.map(nameVariable);

/**
 * The settings: a variable of the environment comes first, then the option, then the default.
 *
 * @returns `problems`: a sentence for each variable that is ignored because it is invalid or unknown
 * @throws TypeError if an option is invalid; never for a variable
 */
export function readSettings(
  options: SettingOptions,
  environment: { readonly [name: string]: string | undefined },
): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems = findMisspelt(environment);
  const values = OPTIONS.map((name) => {
    const value = readOption(name, TABLE[name], options[name]);
    return [name, readVariable(nameVariable(name), TABLE[name], environment, value, problems)];
  });
  return { settings: Object.freeze(Object.fromEntries(values) as Settings), problems };
}

/** `logDir`: `GMR_LOG_DIR`. */
function nameVariable(option: string): string {
  return `GMR_${option.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

function readOption(name: string, row: Row<unknown>, option: unknown): unknown {
  if (option === undefined) return row.fallback;
  const value = row.fromOption(option);
  if (value === undefined) throw new TypeError(`${name}: expected ${row.expected}, got ${format('%o', option)}`);
  return value;
}

function readVariable(
  variable: string,
  row: Row<unknown>,
  environment: { readonly [name: string]: string | undefined },
  otherwise: unknown,
  problems: string[],
): unknown {
  const text = environment[variable]?.trim() ?? '';
  if (text === '') return otherwise;
  const value = row.fromText(text);
  if (value !== undefined) return value;
  problems.push(`ignoring ${variable}=${text}: expected ${row.expected}; using ${showValue(otherwise)}`);
  return otherwise;
}

function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  return String(value ?? 'none');
}

function findMisspelt(environment: { readonly [name: string]: string | undefined }): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('GMR_') && !VARIABLES.includes(name))
    .map((name) => `ignoring ${name}: this version has no such setting; it has ${VARIABLES.join(', ')}`);
}
