import { readUserNames } from '../procfs/users.js';
import { SIGNALS } from '../setting-kinds.js';
import { belongsTo, confirmedService, listNodeProcesses, type NodeProcess, requireProc } from './node-processes.js';
import { answers } from './signal-effect.js';
import { CommandError, UsageError } from './usage.js';

/** The processes that a command line names, and the words for them. */

const MAX_PID = 2 ** 22;

/** The options of commands that ask processes. */
export const CHOICE = {
  signal: { type: 'string', short: 's' },
  service: { type: 'string', multiple: true },
  all: { type: 'boolean', default: false },
} as const;

/** The processes that a command line chooses. */
export interface Choice {
  readonly pids: readonly number[];
  /** Whether each was named by its pid. */
  readonly isByPid: boolean;
  /** Undefined: the first signal that makes a report. */
  readonly signal: string | undefined;
}

/**
 * The processes that are named by their pids, by `--service` or by `--all`.
 *
 * @throws UsageError for a wrong pid or signal, or if they are not named in exactly one of these ways; CommandError if no
 * process answers
 */
export function readChoice(
  positionals: readonly string[],
  values: { readonly signal?: string; readonly service?: readonly string[]; readonly all: boolean },
): Choice {
  const { service: services = [], all } = values;
  const signal = values.signal === undefined ? undefined : readSignal(values.signal);
  if ([positionals.length > 0, services.length > 0, all].filter(Boolean).length !== 1)
    throw new UsageError('expected either PIDs, --service NAME or --all');
  const named = new Set(positionals.map(readPid));
  requireProc();
  if (named.size > 0) return { pids: [...named], isByPid: true, signal };
  return { pids: listAnswering(all ? undefined : services), isByPid: false, signal };
}

/** Not 0 and not negative: these mean groups of processes. @throws UsageError */
function readPid(text: string): number {
  const pid = Number(text);
  if (/^\d+$/.test(text) && pid >= 1 && pid <= MAX_PID) return pid;
  throw new UsageError(`${JSON.stringify(text)} is not a process id: expected 1 to ${MAX_PID}`);
}

/** A signal that can make a report, with or without its `SIG`. @throws UsageError */
function readSignal(text: string): string {
  const upper = text.trim().toUpperCase();
  const named = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (SIGNALS.includes(named)) return named;
  throw new UsageError(`--signal: ${JSON.stringify(text)} makes no report: expected one of ${SIGNALS.join(', ')}`);
}

/** The processes that answer, all or those of some services. @throws CommandError if no process does */
function listAnswering(services: readonly string[] | undefined): number[] {
  const answering = listNodeProcesses().filter(answers);
  const chosen = services ? answering.filter((one) => services.some((service) => belongsTo(one, service))) : answering;
  if (chosen.length > 0) return chosen.map(({ pid }) => pid);
  const of = services ? ` of service ${services.join(' or ')}` : '';
  throw new CommandError(`no process${of} answers here: see gmr ps --all`);
}

/** The pid, and the service if it is known. */
export function showName(target: NodeProcess): string {
  const service = confirmedService(target);
  return service === undefined ? String(target.pid) : `${target.pid} ${service}`;
}

/** The reason why the process of a pid cannot be read: with hidepid, another user's process seems not to exist. */
export function explainAbsence(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'there is no such process';
  }
  return 'it belongs to another user, and is hidden';
}

/** The reason why a signal could not be sent. */
export function explainKillError(error: unknown, { uid }: NodeProcess): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ESRCH') return 'it has just ended';
  if (code !== 'EPERM') return message;
  const owner = uid === undefined ? 'another user' : readUserNames()(uid);
  return `this user may not signal it: it belongs to ${owner}`;
}
