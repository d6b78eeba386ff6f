import type { Thread } from '../report.js';
import { splitArguments } from './command.js';
import { listChildren, readProcess } from './process.js';
import { readText } from './read.js';
import { listChildrenOfThread } from './thread.js';

/**
 * The process that a thread of this process has started last and that still runs; for a shell that runs one command, that
 * command. The kernel tells which thread has started a process (CONFIG_PROC_CHILDREN).
 */
export function readChildOf(tid: number, root = '/proc'): Thread['child'] {
  const pid = listChildrenOfThread(tid, root).at(-1);
  if (pid === undefined) return undefined;
  const [inner, other] = isShell(pid, root) ? (listChildren(pid, root) ?? []) : [];
  const shown = inner !== undefined && other === undefined ? inner : pid;
  const { state, command } = readProcess(shown, root);
  return state === 'gone' || state === 'denied' ? undefined : { pid: shown, command };
}

function isShell(pid: number, root: string): boolean {
  const [shell = '', flag] = splitArguments(readText(`${root}/${pid}/cmdline`) ?? '');
  return flag === '-c' && /(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(shell);
}
