/** One process of this machine, and its children. */

import { formatCommand, MAX_COMMAND_LENGTH } from './command.js';
import { parseFields } from './fields.js';
import { listNumbers, readText, tryReadText } from './read.js';
import { parseStat, readStat } from './stat.js';

/** Real, effective and saved, as credentials(7) tells them apart. */
export interface Ids {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
}

export interface ProcessEntry {
  /** `gone` if it ended meanwhile, `denied` if /proc refused. */
  readonly state: string;
  readonly parentPid?: number;
  readonly uids?: Ids;
  readonly gids?: Ids;
  /** Empty if it is gone or denied. */
  readonly command: string;
}

/** The facts of a process that can be read from /proc. */
export function readProcess(pid: number, root = '/proc'): ProcessEntry {
  const directory = `${root}/${pid}`;
  const reading = tryReadText(`${directory}/stat`);
  if (reading.kind !== 'text')
    return { state: reading.kind === 'gone' && exists(pid) ? 'denied' : reading.kind, command: '' };
  const stat = parseStat(reading.text);
  if (stat === undefined) return { state: 'gone', command: '' };
  return {
    state: stat.state,
    parentPid: stat.parentPid,
    ...parseIds(readText(`${directory}/status`) ?? ''),
    command: formatCommand(readCommandLine(directory, pid, stat.state), stat.name),
  };
}

/** The children of a process, by the lists that the kernel keeps for each of its threads (CONFIG_PROC_CHILDREN). */
export function listChildren(pid: number, root = '/proc'): number[] | undefined {
  const children: number[] = [];
  let known = false;
  for (const tid of listNumbers(`${root}/${pid}/task`) ?? []) {
    const text = readText(`${root}/${pid}/task/${tid}/children`);
    if (text === undefined) continue;
    known = true;
    children.push(...(text.match(/\d+/g) ?? []).map(Number));
  }
  return known ? children.sort((a, b) => a - b) : undefined;
}

/** The children of every process, by one scan of /proc: for kernels that keep no such lists. */
export function scanChildren(root = '/proc'): ReadonlyMap<number, readonly number[]> | undefined {
  const pids = listNumbers(root);
  if (pids === undefined) return undefined;
  const children = new Map<number, number[]>();
  for (const pid of pids.sort((a, b) => a - b)) {
    const parent = readStat(`${root}/${pid}`)?.parentPid;
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  return children;
}

/** The `Uid:` and `Gid:` lines of proc_pid_status(5): real, effective, saved, file system. */
export function parseIds(status: string): { uids?: Ids; gids?: Ids } {
  const fields = parseFields(status);
  const uids = parseIdLine(fields.get('Uid'));
  const gids = parseIdLine(fields.get('Gid'));
  return { ...(uids && { uids }), ...(gids && { gids }) };
}

/** The pid in the process's own namespace, by proc_pid_status(5): the last one of `NSpid:`. Kernels before 4.1 have no such line. */
export function parseInnermostPid(status: string): number | undefined {
  const pid = parseFields(status).get('NSpid')?.split(/\s+/).at(-1);
  return pid === undefined ? undefined : Number(pid);
}

function parseIdLine(line: string | undefined): Ids | undefined {
  const [real, effective, saved] = (line ?? '').split(/\s+/).map(Number);
  if (!line || real === undefined || effective === undefined || saved === undefined) return undefined;
  return { real, effective, saved };
}

function readCommandLine(directory: string, pid: number, state: string): string {
  // The command line lies in the memory of the other process: with one in disk sleep, reading it can block for good.
  if (state === 'disk sleep' && pid !== process.pid) return '';
  return readText(`${directory}/cmdline`, MAX_COMMAND_LENGTH * 4) ?? '';
}

/** With `hidepid=2` the directory of another user's process looks as if it were not there. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
