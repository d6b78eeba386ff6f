import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Exchange, openExchange } from '../dump/asking.js';
import { type DumpFormat, QUESTION_MS } from '../dump/exchange.js';
import { readText } from '../procfs/read.js';
import { parseStat } from '../procfs/stat.js';
import { type Compared, renderSamples } from '../views/comparison.js';
import { escapeControls, escapeJson } from '../views/escape.js';
import { CHOICE, explainAbsence, explainKillError, readChoice, showName } from './chosen.js';
import { parseCompared } from './compared.js';
import { type NodeProcess, readNodeProcess } from './node-processes.js';
import { writeReportText } from './report-text.js';
import { chooseSignal } from './signal-effect.js';
import { CommandError, readCount, readPause, UsageError } from './usage.js';

export const HELP = `gmr dump [-s SIGNAL] [--short | --text | --full | --json | --samples COUNT [--interval TIME]]
         PID… | --service NAME | --all

Asks processes for a report and prints it here, wherever their stderr goes. The process prints one line; the report goes to
the collector as ever. A process that the signal would end, or that is not armed, gets no signal. Exits with 1 if a process
gave no report.

  -s, --signal SIGNAL   by default the first that makes a report
  --service NAME        all processes of that service here; may be repeated
  --all                 all processes that answer
  --short               the header, main's stack, suspended functions and work in flight: this is the default
  --text                the whole report, with alike things counted together
  --full                each thread, request, socket and setting, and all frames with whole paths
  --json                JSON lines: the header, then a line a section
  --samples COUNT       one report after another, and what stayed and what moved
  --interval TIME       between two of them, such as 200ms or 2s; by default 500ms

There is no socket: the question and its answer are files in a directory of the process's user, in the process's own
/dev/shm or /tmp, and are removed. Root can ask any process, one of a container as well.
`;

/** Milliseconds after which it is said that nothing has come yet. */
const HINT_MS = 2000;
/** Once the agent has begun with the report. */
const REPORT_MS = 60_000;
const POLL_MS = 10;
/** Before these end the command, it removes the files that it has made in the process's file system. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const exit = (_: string, number: number): never => process.exit(128 + number);

export const OPTIONS = {
  ...CHOICE,
  short: { type: 'boolean', default: false },
  text: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  samples: { type: 'string' },
  interval: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const { pids, signal } = readChoice(positionals, values);
  const [format = 'short', ...others] = (['short', 'text', 'full', 'json'] as const).filter((name) => values[name]);
  if (others.length > 0) throw new UsageError('expected one of --short, --text, --full and --json');
  const sampling = readSampling(values);
  if (sampling && format !== 'short') throw new UsageError('expected either --samples or --text, --full or --json');
  for (const pid of pids) {
    try {
      const content = sampling ? await sample(pid, signal, sampling) : await dump(pid, signal, format);
      // It comes from another process.
      if (format === 'json') process.stdout.write(escapeJson(content));
      else writeReportText(content);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      tell(error.message);
      process.exitCode = 1;
    }
  }
}

interface Sampling {
  readonly count: number;
  readonly intervalMs: number;
}

const MAX_SAMPLES = 100;
const DEFAULT_INTERVAL = '500ms';

function readSampling({ samples, interval }: { samples?: string; interval?: string }): Sampling | undefined {
  if (samples === undefined && interval !== undefined) throw new UsageError('--interval: expected --samples with it');
  if (samples === undefined) return undefined;
  const count = readCount('--samples', samples);
  if (count < 2 || count > MAX_SAMPLES) throw new UsageError(`--samples: expected 2 to ${MAX_SAMPLES}, got ${samples}`);
  return { count, intervalMs: readPause('--interval', interval ?? DEFAULT_INTERVAL) };
}

/** Several reports, one after another, with what stayed and what moved. */
async function sample(pid: number, signal: string | undefined, { count, intervalMs }: Sampling): Promise<string> {
  const samples: Compared[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index > 0) await pause(intervalMs);
    samples.push(readSample(pid, await dump(pid, signal, 'json')));
  }
  return renderSamples(samples);
}

function readSample(pid: number, answer: string): Compared {
  try {
    return parseCompared(answer);
  } catch {
    throw new CommandError(`${pid}: its report cannot be compared: its agent is of another version`);
  }
}

/** One report of a process. @throws CommandError with the reason why it gives none */
export async function dump(pid: number, wanted: string | undefined, format: DumpFormat): Promise<string> {
  const target = readNodeProcess(pid);
  if (target === undefined) throw new CommandError(`${pid}: no report: ${explainAbsence(pid)}`);
  const decision = chooseSignal(target, wanted);
  if (decision.kind === 'refuse') throw refuse(target, decision.reason);
  if (decision.remark !== undefined) throw refuse(target, decision.remark);
  const exchange = open(target, format);
  const end = () => exchange.end();
  process.once('exit', end);
  for (const signal of ENDING) process.once(signal, exit);
  try {
    process.kill(pid, decision.signal);
    return await waitForAnswer(target, exchange);
  } catch (error) {
    throw error instanceof CommandError ? error : refuse(target, explainKillError(error, target));
  } finally {
    process.removeListener('exit', end);
    for (const signal of ENDING) process.removeListener(signal, exit);
    end();
  }
}

function open(target: NodeProcess, format: DumpFormat): Exchange {
  const { pid, startedMs, uid } = target;
  if (uid === undefined) throw refuse(target, 'its user is not known');
  try {
    return openExchange({ pid, uid, startedMs }, format);
  } catch (error) {
    throw refuse(target, (error as Error).message);
  }
}

async function waitForAnswer(target: NodeProcess, exchange: Exchange): Promise<string> {
  const askedMs = performance.now();
  let isHinted = false;
  for (;;) {
    const answer = exchange.readAnswer();
    if (answer?.kind === 'report') return answer.content;
    if (answer) throw refuse(target, answer.reason);
    const waitedMs = performance.now() - askedMs;
    if (readStart(target.pid) !== target.startedMs) throw refuse(target, 'it has ended');
    const isTaken = exchange.isTaken();
    if (waitedMs > (isTaken ? REPORT_MS : QUESTION_MS))
      throw refuse(target, isTaken ? 'it began, and did not end in a minute' : explainSilence(target));
    if (!isHinted && !isTaken && waitedMs > HINT_MS) {
      isHinted = true;
      tell(`${showName(target)}: nothing yet: ${explainSilence(target)}`);
    }
    await pause(POLL_MS);
  }
}

function readStart(pid: number): number | undefined {
  return parseStat(readText(`/proc/${pid}/stat`) ?? '')?.startedAfterBootMs;
}

function explainSilence({ pid }: NodeProcess): string {
  const state = readNodeProcess(pid)?.state;
  if (state === 'stopped' || state === 'traced' || state === 'disk sleep') return `its state is now: ${state}`;
  return 'its agent is of a version without gmr dump, or has no CPU (gmr kill makes a report on its stderr)';
}

function refuse(target: NodeProcess, reason: string): CommandError {
  return new CommandError(`${showName(target)}: no report: ${reason}`);
}

function tell(line: string): void {
  process.stderr.write(`gmr dump: ${escapeControls(line)}\n`);
}
