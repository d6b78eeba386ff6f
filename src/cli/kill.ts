import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readUserNames } from '../procfs/users.js';
import { SIGNALS } from '../settings.js';
import { escapeControls } from '../views/escape.js';
import { answersTo, judge } from './judge.js';
import { belongsTo, listNodeProcesses, lookAt, nameOf, requireProc, type Seen } from './node-processes.js';
import { CommandError, UsageError } from './usage.js';

export const HELP = `gmr kill [-s SIGNAL] [--rate N] [--dry-run] PID… | --service NAME | --all

Asks processes for a report: sends each a signal that it answers to, and refuses one that would be ended by it, that
would not hear it, or that is not armed. --service and --all choose from what gmr ps shows; a line a process says what
became of it. Exits with 1 when one was refused or could not be signalled.

  -s, --signal SIGNAL   ${SIGNALS.slice(0, 2).join(', ')}, …: by default the first that the process answers to
  --service NAME        all processes of that service; may be given again
  --all                 all that answer, of whatever service
  --rate N              processes a second, 50 by default; 0 for all at once
  --dry-run             sends nothing, and says what it would do

Between the last look at a process and the signal lie some microseconds in which its pid could become another's: Node
has no pidfd. The start time is compared on both sides, and a pid that was reused is told.
`;

const DEFAULT_RATE = 50;
const MAX_RATE = 100_000;
const MAX_PID = 2 ** 22;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      signal: { type: 'string', short: 's' },
      service: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
      rate: { type: 'string', default: String(DEFAULT_RATE) },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const signal = values.signal === undefined ? undefined : readSignal(values.signal);
  const pauseMs = readPause(values.rate);
  const ways = [positionals.length > 0, values.service.length > 0, values.all].filter(Boolean).length;
  if (ways !== 1) throw new UsageError('expected PIDs, --service NAME or --all, one of these');
  const pids = positionals.map(readPid);
  requireProc();
  const chosen = pids.length > 0 ? [...new Set(pids)] : choose(values.all ? undefined : values.service);
  const outcomes: Outcome[] = [];
  for (const pid of chosen) {
    // It was not asked for by its pid: that it has ended since is no failure.
    if (pids.length === 0 && lookAt(pid) === undefined) continue;
    if (outcomes.length > 0 && pauseMs > 0 && !values['dry-run']) await pause(pauseMs);
    const outcome = values['dry-run'] ? consider(pid, signal).outcome : send(pid, signal);
    outcomes.push(outcome);
    process.stdout.write(`${escapeControls(outcome.line)}\n`);
  }
  const refused = outcomes.filter(({ good }) => !good).length;
  if (outcomes.length > 1) {
    const done = values['dry-run'] ? 'would be signalled' : 'signalled';
    process.stdout.write(`gmr kill: ${outcomes.length - refused} ${done}, ${refused} not\n`);
  }
  if (refused > 0) process.exitCode = 1;
}

interface Outcome {
  readonly good: boolean;
  readonly line: string;
}

/** Sends the signal, if it does no harm as far as one can see just before. */
function send(pid: number, wanted: string | undefined): Outcome {
  const { outcome, seen, signal } = consider(pid, wanted);
  if (seen === undefined || signal === undefined) return outcome;
  try {
    process.kill(pid, signal);
  } catch (error) {
    return { good: false, line: `${name(seen)}: not signalled: ${tellRefusal(error, seen)}` };
  }
  const after = lookAt(pid);
  if (after === undefined) return { good: true, line: `${outcome.line}; it ended just then` };
  if (after.startedMs === seen.startedMs) return outcome;
  return { good: false, line: `${name(seen)}: it ended, and another process got its pid, and may have got ${signal}` };
}

function consider(
  pid: number,
  wanted: string | undefined,
): { readonly outcome: Outcome; readonly seen?: Seen; readonly signal?: NodeJS.Signals } {
  const seen = lookAt(pid);
  if (seen === undefined) return { outcome: { good: false, line: `${pid}: not signalled: ${tellAbsence(pid)}` } };
  const judgement = judge(seen, wanted);
  if (judgement.kind === 'refused')
    return { outcome: { good: false, line: `${name(seen)}: not signalled: ${judgement.why}` } };
  const { signal, remark } = judgement;
  const line = `${name(seen)}: ${signal}${remark === undefined ? '' : `; ${remark}`}`;
  return { outcome: { good: true, line }, seen, signal: signal as NodeJS.Signals };
}

function name(seen: Seen): string {
  const service = nameOf(seen);
  return service === undefined ? String(seen.pid) : `${seen.pid} ${service}`;
}

function choose(services: readonly string[] | undefined): number[] {
  const answering = listNodeProcesses().filter((seen) => answersTo(seen).length > 0);
  const chosen = services
    ? answering.filter((seen) => services.some((service) => belongsTo(seen, service)))
    : answering;
  if (chosen.length > 0) return chosen.map(({ pid }) => pid);
  const of = services ? ` of service ${services.join(' or ')}` : '';
  throw new CommandError(`no process${of} answers here: see gmr ps --all`);
}

/** With hidepid, another user's process looks as if it were not there. */
function tellAbsence(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'there is no such process';
  }
  return 'it cannot be looked at: it is of another user';
}

function tellRefusal(error: unknown, { uid }: Seen): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ESRCH') return 'it has just ended';
  if (code !== 'EPERM') return message;
  const owner = uid === undefined ? 'another user' : readUserNames()(uid);
  return `this user may not signal it: it is run by ${owner}`;
}

function readSignal(text: string): string {
  const upper = text.trim().toUpperCase();
  const named = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (SIGNALS.includes(named)) return named;
  throw new UsageError(`--signal: ${JSON.stringify(text)} makes no report: expected one of ${SIGNALS.join(', ')}`);
}

/** Not 0 and none below it: these are groups of processes. */
function readPid(text: string): number {
  const pid = Number(text);
  if (/^\d+$/.test(text) && pid >= 1 && pid <= MAX_PID) return pid;
  throw new UsageError(`${JSON.stringify(text)} is no process id: expected 1 to ${MAX_PID}`);
}

function readPause(text: string): number {
  const rate = Number(text);
  if (text.trim() === '' || !(rate >= 0 && rate <= MAX_RATE))
    throw new UsageError(`--rate: expected 0 to ${MAX_RATE} processes a second, got ${JSON.stringify(text)}`);
  return rate === 0 ? 0 : 1000 / rate;
}
