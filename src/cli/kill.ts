import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SIGNALS } from '../setting-kinds.js';
import { escapeControls } from '../views/escape.js';
import { CHOICE, explainAbsence, explainKillError, readChoice, showName } from './chosen.js';
import { type NodeProcess, readNodeProcess } from './node-processes.js';
import { chooseSignal } from './signal-effect.js';
import { UsageError } from './usage.js';

export const HELP = `gmr kill [-s SIGNAL] [--rate N] [--dry-run] PID… | --service NAME | --all

Asks processes for a report: sends each a signal that makes one. A process that the signal would end, that would not
hear it, or that is not armed gets no signal. --service and --all choose from the processes that gmr ps shows. Prints one
line for each process. Exits with 1 if a process got no signal.

  -s, --signal SIGNAL   ${SIGNALS.slice(0, 2).join(', ')}, …: by default the first that makes a report
  --service NAME        all processes of that service; may be repeated
  --all                 all processes that answer
  --rate N              processes a second, 50 by default; 0 for all at once
  --dry-run             sends nothing, and prints what it would do

Some microseconds before the signal is sent, the pid could become another process's: Node has no pidfd. The start time
is compared before and after, and a pid that was reused is reported.
`;

const DEFAULT_RATE = 50;
const MAX_RATE = 100_000;

export const OPTIONS = {
  ...CHOICE,
  rate: { type: 'string', default: String(DEFAULT_RATE) },
  'dry-run': { type: 'boolean', default: false },
} as const;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const pauseMs = readPauseOfRate(values.rate);
  const { pids, isByPid, signal } = readChoice(positionals, values);
  const outcomes: Outcome[] = [];
  for (const pid of pids) {
    // A process that was not named by its pid may have ended: that is no failure.
    if (!isByPid && readNodeProcess(pid) === undefined) continue;
    if (outcomes.length > 0 && pauseMs > 0 && !values['dry-run']) await pause(pauseMs);
    const outcome = values['dry-run'] ? prepare(pid, signal).outcome : send(pid, signal);
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

/** Asks one process for a report, with the first signal that makes one. @returns the line that `gmr kill` prints */
export function askForReport(pid: number): string {
  return send(pid, undefined).line;
}

interface Outcome {
  readonly good: boolean;
  readonly line: string;
}

/** Sends the signal, unless a check just before shows that it would do harm. */
function send(pid: number, wanted: string | undefined): Outcome {
  const { outcome, target, signal } = prepare(pid, wanted);
  if (target === undefined || signal === undefined) return outcome;
  try {
    process.kill(pid, signal);
  } catch (error) {
    return { good: false, line: `${showName(target)}: not signalled: ${explainKillError(error, target)}` };
  }
  const after = readNodeProcess(pid);
  if (after === undefined) return { good: true, line: `${outcome.line}; it ended just then` };
  if (after.startedMs === target.startedMs) return outcome;
  return {
    good: false,
    line: `${showName(target)}: it ended, and another process got its pid, and may have got ${signal}`,
  };
}

function prepare(
  pid: number,
  wanted: string | undefined,
): { readonly outcome: Outcome; readonly target?: NodeProcess; readonly signal?: NodeJS.Signals } {
  const target = readNodeProcess(pid);
  if (target === undefined) return { outcome: { good: false, line: `${pid}: not signalled: ${explainAbsence(pid)}` } };
  const decision = chooseSignal(target, wanted);
  if (decision.kind === 'refuse')
    return { outcome: { good: false, line: `${showName(target)}: not signalled: ${decision.reason}` } };
  const { signal, remark } = decision;
  const line = `${showName(target)}: ${signal}${remark === undefined ? '' : `; ${remark}`}`;
  return { outcome: { good: true, line }, target, signal: signal as NodeJS.Signals };
}

/** Milliseconds between two signals. @throws UsageError */
function readPauseOfRate(text: string): number {
  const rate = Number(text);
  if (text.trim() === '' || !(rate >= 0 && rate <= MAX_RATE))
    throw new UsageError(`--rate: expected 0 to ${MAX_RATE} processes a second, got ${JSON.stringify(text)}`);
  return rate === 0 ? 0 : 1000 / rate;
}
