import { canBeOff, flag, names, number, numberOrZero, path, signals, word } from './setting-kinds.js';

/** Every setting, once. The comments are the public documentation of the options. */
export const TABLE = {
  /**
   * `false`: the package does nothing in this process.
   * Variable: `GMR_ENABLED`.
   * @default true
   * @example setupAutorun({ enabled: process.env.NODE_ENV === 'production' });
   */
  enabled: flag(true),
  /**
   * Signals that make a report; `false`: none.
   * Variable: `GMR_SIGNALS`.
   * @default ['SIGUSR1', 'SIGUSR2']
   * @example setupAutorun({ signals: ['SIGUSR2'] });
   */
  signals: signals(['SIGUSR1', 'SIGUSR2']),
  /**
   * Directory that gets each report as a file (mode 0600) in place of stderr. If the file cannot be written, the report
   * goes to stderr.
   * Variable: `GMR_LOG_DIR`.
   * @default false
   * @example setupAutorun({ logDir: '/var/log/reports' });
   */
  logDir: path('the path of a directory'),
  /**
   * The report as it is printed. `text`: alike things counted together; `full`: each of them told; `short`: header, main's stack,
   * suspended functions, work in flight; `none`: one line; `json`: JSON Lines, one object for each section, and for each other
   * line of this package. What is sent is the same in each.
   * Variable: `GMR_FORMAT`.
   * @default 'text'
   * @example setupAutorun({ format: 'json' });
   */
  format: word('text', ['text', 'short', 'full', 'json', 'none']),
  /**
   * Colour in what is printed on stderr, never in a file of `logDir`. `auto`: on a terminal, unless `NO_COLOR` is set, and
   * in a pipe if `FORCE_COLOR` is.
   * Variable: `GMR_COLOR`.
   * @default 'auto'
   * @example setupAutorun({ color: false });
   */
  color: canBeOff(word<'auto' | 'always' | 'never'>('auto', ['auto', 'always', 'never']), 'never'),
  /**
   * Milliseconds that the main thread or a worker has to answer. After that, the report shows the kernel's view of the
   * thread.
   * Variable: `GMR_DEADLINE_MS`.
   * @default 250
   * @example setupAutorun({ deadlineMs: 1000 });
   */
  deadlineMs: number(250, 10, 60_000, 'milliseconds'),
  /**
   * Milliseconds that an asynchronous generator has.
   * Variable: `GMR_SECTION_DEADLINE_MS`.
   * @default 1000
   * @example setupAutorun({ sectionDeadlineMs: 3000 });
   */
  sectionDeadlineMs: number(1000, 10, 60_000, 'milliseconds'),
  /**
   * More names whose values are masked. Case does not matter, and a part of a name is enough.
   * Variable: `GMR_SECRET_NAMES`.
   * @default []
   * @example setupAutorun({ secretNames: ['ssn', 'iban'] });
   */
  secretNames: names(),
  /**
   * `false`: frames do not quote their line of source. Literals in it that look like tokens are masked in any case.
   * Variable: `GMR_SOURCE_LINES`.
   * @default true
   * @example setupAutorun({ sourceLines: false });
   */
  sourceLines: flag(true),
  /**
   * A file or directory that makes a report when it is touched. It need not exist yet.
   * Variable: `GMR_FILE_TRIGGER`.
   * @default false
   * @example setupAutorun({ fileTrigger: '/run/app/report-now' });
   */
  fileTrigger: path('the path of a file'),
  /**
   * Milliseconds between two checks of `fileTrigger`.
   * Variable: `GMR_FILE_TRIGGER_INTERVAL_MS`.
   * @default 1000
   * @example setupAutorun({ fileTrigger: '/run/app/report-now', fileTriggerIntervalMs: 250 });
   */
  fileTriggerIntervalMs: number(1000, 10, 3_600_000, 'milliseconds'),
  /**
   * Milliseconds without a turn of the event loop that make a report, one for each stall; `false`: stalls make no reports.
   * Variable: `GMR_STALL_MS`.
   * @default false
   * @example setupAutorun({ stallMs: 5000 });
   */
  stallMs: numberOrZero(20, 3_600_000, 'milliseconds'),
  /**
   * `true`: an uncaught exception or an unhandled rejection makes a report before it ends the process. The end is
   * delayed by 4 seconds at most.
   * Variable: `GMR_CRASH`.
   * @default false
   * @example setupAutorun({ crash: true });
   */
  crash: flag(false),
  /**
   * Reports that signals and other triggers may make in a minute. The next report counts the triggers beyond that.
   * `generateReport` is not limited.
   * Variable: `GMR_MAX_REPORTS_PER_MINUTE`.
   * @default 10
   * @example setupAutorun({ maxReportsPerMinute: 60 });
   */
  maxReportsPerMinute: number(10, 1, 100_000, 'a number'),
  /**
   * Directory (mode 0700) where reports wait until a collector has accepted them; `false`: they wait in memory.
   * Variable: `GMR_SPOOL_DIR`.
   * @default 'guru-meditation/spool' in the user's state directory, else in a directory of the user's under the
   * temporary one
   * @example setupAutorun({ spoolDir: '/var/spool/app' });
   */
  spoolDir: path('the path of a directory', 'none'),
  /**
   * Mebibytes that `spoolDir` may hold. Beyond that the oldest report is dropped, with a line on stderr.
   * Variable: `GMR_SPOOL_MAX_MIB`.
   * @default 64
   * @example setupAutorun({ spoolMaxMib: 512 });
   */
  spoolMaxMib: number(64, 1, 100_000, 'mebibytes'),
  /**
   * Longest random delay in milliseconds between a report, which is printed and on disk by then, and its first
   * delivery. It is for fleets whose processes are all signalled at once. The report of a crash is not delayed.
   * Variable: `GMR_DELIVERY_JITTER_MS`.
   * @default 0
   * @example setupAutorun({ deliveryJitterMs: 5000 });
   */
  deliveryJitterMs: number(0, 0, 600_000, 'milliseconds'),
  /**
   * `true`: each report counts the objects of main's heap by class, next to the report before: 2 to 4 ms of the agent's CPU
   * time a MB, for which the text waits. `gmr dump --heap` does it once.
   * Variable: `GMR_HEAP_CENSUS`.
   * @default false
   * @example setupAutorun({ heapCensus: true });
   */
  heapCensus: flag(false),
  /**
   * `auto`: the stack of a thread in native code is read from this process's own memory, if the memory layout of its V8
   * is known (docs/reader.md); `false`: no memory is read.
   * Variable: `GMR_MEMORY_READER`.
   * @default 'auto'
   * @example setupAutorun({ memoryReader: false });
   */
  memoryReader: canBeOff(word<'auto' | 'off'>('auto', ['auto', 'off']), 'off'),
};

export type Table = typeof TABLE;
