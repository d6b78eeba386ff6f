import { basename } from 'node:path';
import { formatCommand, splitArguments } from '../procfs/command.js';
import { findContainerId } from '../procfs/container.js';
import { parseFields } from '../procfs/fields.js';
import { parseIds } from '../procfs/process.js';
import { listNumbers, readLink, readText } from '../procfs/read.js';
import { parseSignalMasks, type SignalMasks } from '../procfs/signals.js';
import { parseStat } from '../procfs/stat.js';
import { isOfService, type Mark, parseMark } from '../procfs/thread-name.js';
import { describeService } from './service.js';
import { CommandError } from './usage.js';

/** A Node process, or any that was asked for by its pid, as seen from outside. */
export interface Seen {
  readonly pid: number;
  /** Clock of the machine's boot: with the pid it names one process, for pids are used again. */
  readonly startedMs: number;
  readonly uid: number | undefined;
  readonly state: string;
  readonly isNode: boolean;
  /** Present in a process that is armed. */
  readonly mark: Mark | undefined;
  readonly masks: SignalMasks | undefined;
  /** Blocked by each of its threads, so that it is never delivered. */
  readonly blocked: bigint;
  readonly command: string;
  readonly container: string | undefined;
  /** As far as it can be told from outside; see service.ts. */
  readonly service: string | undefined;
}

/** One process; undefined when there is none of that pid. */
export function lookAt(pid: number, root = '/proc'): Seen | undefined {
  const directory = `${root}/${pid}`;
  const stat = parseStat(readText(`${directory}/stat`) ?? '');
  const status = readText(`${directory}/status`);
  if (stat === undefined || status === undefined) return undefined;
  const mark = Number(parseFields(status).get('Threads')) > 1 ? findMark(directory) : undefined;
  // Of a process in disk sleep these can block for good.
  const cmdline = stat.state === 'disk sleep' ? '' : (readText(`${directory}/cmdline`, MAX_BYTES) ?? '');
  const masks = parseSignalMasks(status);
  const isNode = mark !== undefined || isNodeProgram(readLink(`${directory}/exe`), cmdline, stat.name);
  return {
    pid,
    startedMs: stat.startedAfterBootMs,
    uid: parseIds(status).uids?.effective,
    state: stat.state,
    isNode,
    mark,
    masks,
    blocked: masks && masks.blocked !== 0n ? blockedByAll(directory) : 0n,
    command: formatCommand(cmdline, stat.name),
    container: findContainerId(readText(`${directory}/cgroup`) ?? ''),
    service: isNode ? describeService(directory, splitArguments(cmdline)) : undefined,
  };
}

/** Every Node process that can be seen, but this one. @throws CommandError where there is no /proc. */
export function listNodeProcesses(root = '/proc'): Seen[] {
  requireProc(root);
  const pids = (listNumbers(root) ?? []).filter((pid) => pid !== process.pid).sort((a, b) => a - b);
  return pids.flatMap((pid) => {
    const seen = lookAt(pid, root);
    return seen?.isNode ? [seen] : [];
  });
}

/** @throws CommandError */
export function requireProc(root = '/proc'): void {
  if (readText(`${root}/self/status`) !== undefined) return;
  throw new CommandError(
    `which processes answer is read from /proc, which is not here (${process.platform}): where you know that one is armed, kill -USR1 PID`,
  );
}

/** Whether a process is of a service: by what its agent says; by what can be seen from outside where that is silent. */
export function belongsTo({ mark, service }: Seen, wanted: string): boolean {
  if (mark === undefined) return false;
  return mark.serviceHash === '' ? service === wanted : isOfService(mark, wanted);
}

/** The name to show, once it is what the agent says, too: a program may name itself in code. */
export function nameOf({ mark, service }: Seen): string | undefined {
  if (mark === undefined || service === undefined || mark.serviceHash === '') return service;
  return isOfService(mark, service) ? service : undefined;
}

const MAX_BYTES = 64 * 1024;
/** The agent's thread is among the first. */
const MAX_THREADS = 512;

function findMark(directory: string): Mark | undefined {
  for (const tid of (listNumbers(`${directory}/task`) ?? []).slice(0, MAX_THREADS)) {
    const mark = parseMark((readText(`${directory}/task/${tid}/comm`) ?? '').trimEnd());
    if (mark) return mark;
  }
  return undefined;
}

function blockedByAll(directory: string): bigint {
  let all = ~0n;
  for (const tid of listNumbers(`${directory}/task`) ?? []) {
    const masks = parseSignalMasks(readText(`${directory}/task/${tid}/status`) ?? '');
    if (masks) all &= masks.blocked;
  }
  return all === ~0n ? 0n : all;
}

/** By its executable where that may be seen, else by what it calls itself. */
function isNodeProgram(executable: string | undefined, cmdline: string, name: string): boolean {
  const named = executable?.replace(/ \(deleted\)$/, '') ?? splitArguments(cmdline)[0] ?? '';
  return /^node(js)?[\d.]*$/.test(basename(named)) || (executable === undefined && /^node(-MainThread)?$/.test(name));
}
