import { splitArguments } from './command.js';
import { listChildren, readProcess } from './process.js';
import { readText } from './read.js';
import { readStat } from './stat.js';
import { parseUptimeMs } from './status.js';
import { listChildrenOfThread } from './thread.js';

export interface StartedChild {
  readonly pid: number;
  readonly command: string;
  /** Milliseconds since it was started. */
  readonly ageMs?: number;
}

/**
 * The process that a thread of this process has started last and that still runs; for a shell that runs one command, that
 * command. The kernel tells which thread has started a process (CONFIG_PROC_CHILDREN).
 */
export function readChildOf(tid: number, root = '/proc'): StartedChild | undefined {
  const pid = listChildrenOfThread(tid, root).at(-1);
  if (pid === undefined) return undefined;
  const [inner, other] = isShell(pid, root) ? (listChildren(pid, root) ?? []) : [];
  const shown = inner !== undefined && other === undefined ? inner : pid;
  const { state, command } = readProcess(shown, root);
  return state === 'gone' || state === 'denied' ? undefined : { pid: shown, command, ...readAge(pid, root) };
}

function readAge(pid: number, root: string): Pick<StartedChild, 'ageMs'> {
  const ageMs = parseUptimeMs(readText(`${root}/uptime`), readStat(`${root}/${pid}`)?.startedAfterBootMs);
  return ageMs === undefined ? {} : { ageMs };
}

function isShell(pid: number, root: string): boolean {
  const [shell = '', flag] = splitArguments(readText(`${root}/${pid}/cmdline`) ?? '');
  return flag === '-c' && /(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(shell);
}
