import { uptime } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type Exchange, openExchange } from '../dump/asking.js';
import { type DumpFormat, QUESTION_MS } from '../dump/exchange.js';
import { readStat } from '../procfs/stat.js';
import { explainAbsence, explainKillError, showName } from './chosen.js';
import { cleanAtEnd } from './ending.js';
import { type NodeProcess, readNodeProcess } from './node-processes.js';
import { chooseSignal } from './signal-effect.js';
import { tell } from './tell.js';
import { CommandError } from './usage.js';

/** Milliseconds after which it is said that nothing has come yet. */
const HINT_MS = 2000;
/** Milliseconds that the agent has for the report, once it has begun. */
const REPORT_MS = 60_000;
const POLL_MS = 10;
/** Milliseconds: the agent of a younger process may not have started yet. */
const YOUNG_MS = 5000;

/** The report that is wanted. */
export interface Asking {
  /** By default the first that makes one. */
  readonly signal: string | undefined;
  readonly format: DumpFormat;
  readonly exact?: true;
}

/** One report of a process. @throws CommandError with the reason why it gives none */
export async function askReport(pid: number, { signal: wanted, ...asked }: Asking): Promise<string> {
  const target = await findTarget(pid);
  if (target === undefined) throw new CommandError(`${pid}: no report: ${explainAbsence(pid)}`);
  const decision = chooseSignal(target, wanted);
  if (decision.kind === 'refuse') throw refuse(target, decision.reason);
  if (decision.remark !== undefined) throw refuse(target, decision.remark);
  const exchange = open(target, asked);
  // Its files would stay in the process's file system.
  const forget = cleanAtEnd(() => exchange.end());
  try {
    process.kill(pid, decision.signal);
    return await waitForAnswer(target, exchange);
  } catch (error) {
    throw error instanceof CommandError ? error : refuse(target, explainKillError(error, target));
  } finally {
    forget();
    exchange.end();
  }
}

async function findTarget(pid: number): Promise<NodeProcess | undefined> {
  const startMs = performance.now();
  for (;;) {
    const target = readNodeProcess(pid);
    const ageMs = target ? uptime() * 1000 - target.startedMs : Number.NaN;
    const isYoung = target?.isNode && ageMs < YOUNG_MS && performance.now() - startMs < YOUNG_MS;
    if (!isYoung || target.mark !== undefined) return target;
    await pause(POLL_MS);
  }
}

function open(target: NodeProcess, asked: Omit<Asking, 'signal'>): Exchange {
  const { pid, startedMs, uid } = target;
  if (uid === undefined) throw refuse(target, 'its user is not known');
  try {
    return openExchange({ pid, uid, startedMs }, asked);
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
    if (readStat(`/proc/${target.pid}`)?.startedAfterBootMs !== target.startedMs) throw refuse(target, 'it has ended');
    const isTaken = exchange.isTaken();
    if (waitedMs > (isTaken ? REPORT_MS : QUESTION_MS))
      throw refuse(target, isTaken ? 'it began, and did not end in a minute' : explainSilence(target));
    if (!isHinted && !isTaken && waitedMs > HINT_MS) {
      isHinted = true;
      tell('dump', `${showName(target)}: nothing yet: ${explainSilence(target)}`);
    }
    await pause(POLL_MS);
  }
}

function explainSilence({ pid }: NodeProcess): string {
  const state = readNodeProcess(pid)?.state;
  if (state === 'stopped' || state === 'traced' || state === 'disk sleep') return `its state is now: ${state}`;
  return 'its agent is of a version without gmr dump, or has no CPU (gmr kill makes a report on its stderr)';
}

function refuse(target: NodeProcess, reason: string): CommandError {
  return new CommandError(`${showName(target)}: no report: ${reason}`);
}
