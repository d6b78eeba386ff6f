import { constants } from 'node:os';
import { format } from './node-util.js';

/** Everything that can be set, parsed and frozen. */
export interface Settings {
  readonly enabled: boolean;
  readonly signals: readonly string[];
  readonly logDir: string | null;
  readonly format: 'text' | 'json';
  readonly deadlineMs: number;
  readonly sectionDeadlineMs: number;
  readonly fileTrigger: string | null;
  readonly fileTriggerIntervalMs: number;
  /** 0: off. */
  readonly stallMs: number;
  readonly crash: boolean;
  readonly maxReportsPerMinute: number;
  readonly secretNames: readonly string[];
  /** As it was given; see state-directory.ts. */
  readonly spoolDir: string | null;
  readonly spoolMaxMib: number;
  readonly deliveryJitterMs: number;
}

/** What `setupAutorun` takes beside the package; an environment variable wins over each. */
export interface SettingOptions {
  /**
   * `false`: nothing is armed, nothing is loaded.
   * @default true
   */
  enabled?: boolean;
  /**
   * Signals that make a report; `[]` for none.
   * @default ['SIGUSR1', 'SIGUSR2']
   */
  signals?: readonly string[];
  /**
   * Directory that takes each report as a file (mode 0600) instead of stderr; stderr when that fails.
   * @default undefined
   */
  logDir?: string;
  /**
   * `json`: one JSON object a line, a line a section.
   * @default 'text'
   */
  format?: 'text' | 'json';
  /**
   * Milliseconds that the main thread or a worker has to answer before the kernel's view stands in.
   * @default 250
   */
  deadlineMs?: number;
  /**
   * Milliseconds that an asynchronous generator has.
   * @default 1000
   */
  sectionDeadlineMs?: number;
  /**
   * More names whose values are masked, case-insensitive; part of a name is enough.
   * @default []
   */
  secretNames?: readonly string[];
  /**
   * A report when this file, or directory, is touched; it need not exist yet.
   * @default undefined
   */
  fileTrigger?: string;
  /**
   * Milliseconds between two looks at it.
   * @default 1000
   */
  fileTriggerIntervalMs?: number;
  /**
   * A report when the event loop has not turned for so many milliseconds, one a stall; 0 for none.
   * @default 0
   */
  stallMs?: number;
  /**
   * A report before an uncaught exception or an unhandled rejection ends the process, which is held up by 4 seconds at most.
   * @default false
   */
  crash?: boolean;
  /**
   * Reports that signals and other triggers may make in any minute; what is beyond is counted, and told in the next
   * report. `generateReport` is not bound by it.
   * @default 10
   */
  maxReportsPerMinute?: number;
  /**
   * Directory (mode 0700) where reports wait until a collector has taken them; `none` keeps them in memory.
   * @default 'guru-meditation/spool' in the state directory of the user, else one of the user's in that for temporary files
   */
  spoolDir?: string;
  /**
   * Mebibytes that wait there at most; beyond that the oldest report goes, and it is said.
   * @default 64
   */
  spoolMaxMib?: number;
  /**
   * Milliseconds up to which a report, printed and on disk, is held back at random before it is first sent: for fleets
   * whose processes are asked all at once. A crash's is not.
   * @default 0
   */
  deliveryJitterMs?: number;
}

interface Row<T> {
  readonly variable: string;
  readonly option: keyof SettingOptions;
  readonly fallback: T;
  readonly expected: string;
  /** Both return undefined for what cannot be understood. */
  readonly fromText: (text: string) => T | undefined;
  readonly fromOption: (value: unknown) => T | undefined;
}

/** Caught without harm: the others end, stop or crash the process, or are Node's and V8's own. */
export const SIGNALS: readonly string[] =
  'SIGUSR1 SIGUSR2 SIGHUP SIGQUIT SIGALRM SIGCONT SIGURG SIGWINCH SIGIO SIGPWR'.split(' ');

const ROWS: { readonly [K in keyof Settings]: Row<Settings[K]> } = {
  enabled: {
    variable: 'GMR_ENABLED',
    option: 'enabled',
    fallback: true,
    expected: 'true or false',
    fromText: (text) => readFlag(text),
    fromOption: (value) => (typeof value === 'boolean' ? value : undefined),
  },
  signals: {
    variable: 'GMR_SIGNALS',
    option: 'signals',
    fallback: ['SIGUSR1', 'SIGUSR2'],
    expected: `none, or some of ${SIGNALS.join(',')}`,
    fromText: (text) => (text.toLowerCase() === 'none' ? [] : readSignals(splitList(text))),
    fromOption: (value) => (isTextList(value) ? (value.length === 0 ? [] : readSignals(value)) : undefined),
  },
  logDir: {
    variable: 'GMR_LOG_DIR',
    option: 'logDir',
    fallback: null,
    expected: 'the path of a directory',
    fromText: (text) => text,
    fromOption: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
  },
  format: {
    variable: 'GMR_FORMAT',
    option: 'format',
    fallback: 'text',
    expected: 'text or json',
    fromText: (text) => readFormat(text.toLowerCase()),
    fromOption: readFormat,
  },
  deadlineMs: number('GMR_DEADLINE_MS', 'deadlineMs', 250, 10, 60_000, 'milliseconds'),
  sectionDeadlineMs: number('GMR_SECTION_DEADLINE_MS', 'sectionDeadlineMs', 1000, 10, 60_000, 'milliseconds'),
  secretNames: {
    variable: 'GMR_SECRET_NAMES',
    option: 'secretNames',
    fallback: [],
    expected: 'names, comma-separated',
    fromText: splitList,
    fromOption: (value) => (isTextList(value) ? value.filter((name) => name.trim() !== '') : undefined),
  },
  fileTrigger: {
    variable: 'GMR_FILE_TRIGGER',
    option: 'fileTrigger',
    fallback: null,
    expected: 'the path of a file',
    fromText: (text) => text,
    fromOption: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
  },
  fileTriggerIntervalMs: number(
    'GMR_FILE_TRIGGER_INTERVAL_MS',
    'fileTriggerIntervalMs',
    1000,
    10,
    3_600_000,
    'milliseconds',
  ),
  stallMs: {
    ...number('GMR_STALL_MS', 'stallMs', 0, 20, 3_600_000, '0, or milliseconds'),
    fromText: (text) => readStall(Number(text)),
    fromOption: (value) => (typeof value === 'number' ? readStall(value) : undefined),
  },
  crash: {
    variable: 'GMR_CRASH',
    option: 'crash',
    fallback: false,
    expected: 'true or false',
    fromText: readFlag,
    fromOption: (value) => (typeof value === 'boolean' ? value : undefined),
  },
  maxReportsPerMinute: number('GMR_MAX_REPORTS_PER_MINUTE', 'maxReportsPerMinute', 10, 1, 100_000, 'a number'),
  spoolDir: {
    variable: 'GMR_SPOOL_DIR',
    option: 'spoolDir',
    fallback: null,
    expected: 'the path of a directory, or none',
    fromText: (text) => text,
    fromOption: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
  },
  spoolMaxMib: number('GMR_SPOOL_MAX_MIB', 'spoolMaxMib', 64, 1, 100_000, 'mebibytes'),
  deliveryJitterMs: number('GMR_DELIVERY_JITTER_MS', 'deliveryJitterMs', 0, 0, 600_000, 'milliseconds'),
};

/** Names of every option. */
export const OPTIONS: readonly string[] = Object.values(ROWS).map((row) => row.option);

/** Names of every variable that is read, for help and for what is misspelt. */
export const VARIABLES: readonly string[] = Object.values(ROWS).map((row) => row.variable);

/**
 * Settings from the environment, then the options, then the defaults.
 *
 * @throws TypeError for an option that is wrong. A wrong variable never throws: it is one of the `problems`,
 * a sentence each, and the value beneath it holds.
 */
export function readSettings(
  options: SettingOptions,
  environment: { readonly [name: string]: string | undefined },
): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems = findMisspelt(environment);
  const read = <T>(row: Row<T>): T => readRow(row, options[row.option], environment[row.variable], problems);
  const settings: Settings = {
    enabled: read(ROWS.enabled),
    signals: read(ROWS.signals),
    logDir: read(ROWS.logDir),
    format: read(ROWS.format),
    deadlineMs: read(ROWS.deadlineMs),
    sectionDeadlineMs: read(ROWS.sectionDeadlineMs),
    fileTrigger: read(ROWS.fileTrigger),
    fileTriggerIntervalMs: read(ROWS.fileTriggerIntervalMs),
    stallMs: read(ROWS.stallMs),
    crash: read(ROWS.crash),
    maxReportsPerMinute: read(ROWS.maxReportsPerMinute),
    secretNames: read(ROWS.secretNames),
    spoolDir: read(ROWS.spoolDir),
    spoolMaxMib: read(ROWS.spoolMaxMib),
    deliveryJitterMs: read(ROWS.deliveryJitterMs),
  };
  return { settings: Object.freeze(settings), problems };
}

function readRow<T>(row: Row<T>, option: unknown, text: string | undefined, problems: string[]): T {
  let value = row.fallback;
  if (option !== undefined) {
    const given = row.fromOption(option);
    if (given === undefined)
      throw new TypeError(`${row.option}: expected ${row.expected}, got ${format('%o', option)}`);
    value = given;
  }
  const trimmed = text?.trim();
  if (trimmed === undefined || trimmed === '') return value;
  const given = row.fromText(trimmed);
  if (given !== undefined) return given;
  problems.push(`${row.variable}=${trimmed} is not understood: expected ${row.expected}; ${tell(value)} holds`);
  return value;
}

function tell(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  return String(value ?? 'none');
}

function number(
  variable: string,
  option: keyof SettingOptions,
  fallback: number,
  min: number,
  max: number,
  unit: string,
): Row<number> {
  const within = (value: number) => (Number.isFinite(value) && value >= min && value <= max ? value : undefined);
  return {
    variable,
    option,
    fallback,
    expected: `${unit} from ${min} to ${max}`,
    fromText: (text) => within(Number(text)),
    fromOption: (value) => (typeof value === 'number' ? within(value) : undefined),
  };
}

function readStall(value: number): number | undefined {
  return value === 0 || (value >= 20 && value <= 3_600_000) ? value : undefined;
}

function readFlag(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  return undefined;
}

function readFormat(value: unknown): 'text' | 'json' | undefined {
  return value === 'text' || value === 'json' ? value : undefined;
}

function readSignals(names: readonly string[]): readonly string[] | undefined {
  const signals = names
    .map((name) => name.trim().toUpperCase())
    .map((name) => (name.startsWith('SIG') ? name : `SIG${name}`));
  const known = (name: string) => SIGNALS.includes(name) && name in constants.signals;
  return signals.length > 0 && signals.every(known) ? [...new Set(signals)] : undefined;
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function findMisspelt(environment: { readonly [name: string]: string | undefined }): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('GMR_') && !VARIABLES.includes(name))
    .map((name) => `${name} is no setting of this version: known are ${VARIABLES.join(', ')}`);
}
