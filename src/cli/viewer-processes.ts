import type { Processes, ProcessRow } from '../collector/viewer/processes-page.js';
import { askForReport } from './kill.js';
import { readNodeProcess } from './node-processes.js';
import { listRows } from './ps.js';

/**
 * The processes of this machine for the viewer.
 *
 * @param mayAsk whether the viewer may ask for reports: only processes of this user, and only if `gmr kill` would signal them
 */
export function createProcesses(mayAsk: boolean): Processes {
  return {
    list: () => listRows().map((row): ProcessRow => ({ ...row, isOwn: isOwn(row.pid) })),
    ask: mayAsk
      ? (pid) => (isOwn(pid) ? askForReport(pid) : `${pid}: not signalled: it is not a process of this user`)
      : undefined,
  };
}

function isOwn(pid: number): boolean {
  const uid = readNodeProcess(pid)?.uid;
  return uid !== undefined && uid === process.getuid?.();
}
