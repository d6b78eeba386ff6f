import { basename } from 'node:path';
import { formatCommand, splitArguments } from '../procfs/command.js';
import { findContainerId } from '../procfs/container.js';
import { parseFields } from '../procfs/fields.js';
import { parseIds, parseInnermostPid } from '../procfs/process.js';
import { listNumbers, readLink, readText } from '../procfs/read.js';
import { parseSignalMasks, type SignalMasks } from '../procfs/signal-masks.js';
import { readStat } from '../procfs/stat.js';
import { isOfService, type Mark, parseMark } from '../procfs/thread-name.js';
import { findServiceName } from './service.js';
import { CommandError } from './usage.js';

/** A Node process, or any process that was named by its pid, as `/proc` shows it. */
export interface NodeProcess {
  readonly pid: number;
  /** Milliseconds after the machine's boot. Pids are used again: a pid and its start name one process. */
  readonly startedMs: number;
  readonly uid: number | undefined;
  readonly state: string;
  readonly isNode: boolean;
  /** The first process of a pid namespace: the machine's, or of a container. */
  readonly isInit: boolean;
  /** Present if the process is armed. */
  readonly mark: Mark | undefined;
  readonly masks: SignalMasks | undefined;
  /** Signals that all threads block, so that they are not delivered. */
  readonly blocked: bigint;
  readonly command: string;
  readonly container: string | undefined;
  /** As far as it can be found out from outside; see service.ts. */
  readonly service: string | undefined;
}

/** Undefined if no process has that pid. */
export function readNodeProcess(pid: number, root = '/proc'): NodeProcess | undefined {
  const directory = `${root}/${pid}`;
  const stat = readStat(directory);
  const status = readText(`${directory}/status`);
  if (stat === undefined || status === undefined) return undefined;
  const mark = Number(parseFields(status).get('Threads')) > 1 ? findMark(directory) : undefined;
  // The command line of a process in disk sleep may never be returned.
  const cmdline = stat.state === 'disk sleep' ? '' : (readText(`${directory}/cmdline`, MAX_BYTES) ?? '');
  const masks = parseSignalMasks(status);
  const isNode = mark !== undefined || isNodeProgram(readLink(`${directory}/exe`), cmdline, stat.name);
  return {
    pid,
    startedMs: stat.startedAfterBootMs,
    uid: parseIds(status).uids?.effective,
    state: stat.state,
    isNode,
    isInit: (parseInnermostPid(status) ?? pid) === 1,
    mark,
    masks,
    blocked: masks && masks.blocked !== 0n ? blockedByAll(directory) : 0n,
    command: formatCommand(cmdline, stat.name),
    container: findContainerId(readText(`${directory}/cgroup`) ?? ''),
    service: isNode ? findServiceName(directory, splitArguments(cmdline)) : undefined,
  };
}

/** All visible Node processes except this one. @throws CommandError if there is no /proc */
export function listNodeProcesses(root = '/proc'): NodeProcess[] {
  requireProc(root);
  const pids = (listNumbers(root) ?? []).filter((pid) => pid !== process.pid).sort((a, b) => a - b);
  return pids.flatMap((pid) => {
    const found = readNodeProcess(pid, root);
    return found?.isNode ? [found] : [];
  });
}

/** @throws CommandError */
export function requireProc(root = '/proc'): void {
  if (readText(`${root}/self/status`) !== undefined) return;
  throw new CommandError(
    `there is no /proc here (${process.platform}), so armed processes cannot be found: use kill -USR1 PID if you know that one is armed`,
  );
}

/**
 * Whether a process belongs to a service. The name of its agent's thread says so; if that names no service, its environment and
 * package.json do.
 */
export function belongsTo({ mark, service }: NodeProcess, wanted: string): boolean {
  if (mark === undefined) return false;
  return mark.serviceHash === '' ? service === wanted : isOfService(mark, wanted);
}

/** The service's name, unless the agent has another one: a program may set it in code. */
export function confirmedService({ mark, service }: NodeProcess): string | undefined {
  if (mark === undefined || service === undefined || mark.serviceHash === '') return service;
  return isOfService(mark, service) ? service : undefined;
}

const MAX_BYTES = 64 * 1024;
/** The agent's thread is one of the first. */
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

/** By its executable if that can be read, else by its name. Distributions have `node-22` beside others. */
function isNodeProgram(executable: string | undefined, cmdline: string, name: string): boolean {
  const named = executable?.replace(/ \(deleted\)$/, '') ?? splitArguments(cmdline)[0] ?? '';
  return /^node(js)?-?[\d.]*$/.test(basename(named)) || (executable === undefined && /^node(-MainThread)?$/.test(name));
}

/** The option that arms a process. It is left out, since the list of signals says that the process is armed. */
const REGISTER = / --?(?:import|require|r)[= ]\S*(?:guru-meditation|dist\/(?:esm|cjs))\/register(?:\.js)?(?= |$)/g;

/** A command line without the option that arms the process, which each armed process has. */
export function hideRegister(command: string): string {
  return command.replace(REGISTER, '');
}
