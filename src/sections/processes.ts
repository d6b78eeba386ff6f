/** The Processes section: this process and all that descend from it. */

import { formatCommand } from '../procfs/command.js';
import { listChildren, readProcess, scanChildren } from '../procfs/process.js';
import { readUserNames } from '../procfs/users.js';
import type { ProcessesData, ProcessNode } from '../report.js';

/** Processes that are listed at most; the nearest descendants come first. */
const MAX_PROCESSES = 500;
/** Processes that are still counted when no more are listed. */
const MAX_COUNTED = 10_000;

export interface ProcessesOptions {
  readonly pid?: number;
  /** @default 500 */
  readonly maxProcesses?: number;
  /** Where /proc is mounted. */
  readonly procRoot?: string;
  /** Used if there is no /proc to ask: a worker's own `process.argv` is not the process's. */
  readonly argv?: readonly string[];
}

/** Never throws. Cost: about 0.1 ms a process; without CONFIG_PROC_CHILDREN a scan of /proc, 0.03 ms a process. */
export function collectProcesses(options: ProcessesOptions = {}): ProcessesData {
  const { pid = process.pid, maxProcesses = MAX_PROCESSES, procRoot = '/proc' } = options;
  const self = readProcess(pid, procRoot);
  if (self.state === 'gone' || self.state === 'denied') return describeWithoutProc(pid, options.argv);
  const { listed, unlisted, complete } = walk(pid, maxProcesses, findChildren(pid, procRoot));
  const processes = [buildNode(listed, procRoot)];
  if (unlisted === 0) return { processes };
  const are = unlisted === 1 ? 'descendant is' : 'descendants are';
  const count = `${complete ? '' : 'at least '}${unlisted} more ${are}`;
  return { processes, note: `${count} not listed; ${maxProcesses} is the limit` };
}

/** A process of the tree before anything but its place is known. */
interface Place {
  readonly pid: number;
  readonly parent?: Place;
  readonly children: Place[];
}

/** Breadth first, so that a limit cuts the far generations and not the near ones. */
function walk(pid: number, maxProcesses: number, childrenOf: (pid: number) => readonly number[]) {
  const top: Place = { pid, children: [] };
  const seen = new Set([pid]);
  const queue = [top];
  let listed = 1;
  for (let place = queue.shift(); place !== undefined && seen.size < MAX_COUNTED; place = queue.shift()) {
    for (const childPid of childrenOf(place.pid)) {
      if (seen.has(childPid)) continue;
      seen.add(childPid);
      const child: Place = { pid: childPid, parent: place, children: [] };
      queue.push(child);
      if (listed < maxProcesses) {
        place.children.push(child);
        listed++;
      }
    }
  }
  return { listed: top, unlisted: seen.size - listed, complete: seen.size < MAX_COUNTED };
}

function findChildren(pid: number, procRoot: string): (pid: number) => readonly number[] {
  if (listChildren(pid, procRoot) !== undefined) return (parent) => listChildren(parent, procRoot) ?? [];
  const children = scanChildren(procRoot);
  return (parent) => children?.get(parent) ?? [];
}

/** Reads the processes of the tree, parents before children. */
function buildNode(top: Place, procRoot: string): ProcessNode {
  const userName = readUserNames();
  const build = (place: Place): ProcessNode => {
    const { parentPid = place.parent?.pid, uids, ...entry } = readProcess(place.pid, procRoot);
    return {
      pid: place.pid,
      ...(parentPid === undefined ? {} : { parentPid }),
      ...(uids === undefined ? {} : { user: userName(uids.real), uids }),
      ...entry,
      children: place.children.map(build),
    };
  };
  return build(top);
}

function describeWithoutProc(pid: number, argv: readonly string[] = [process.execPath]): ProcessesData {
  const uid = process.getuid?.();
  const node: ProcessNode = {
    pid,
    parentPid: process.ppid,
    ...(uid === undefined ? {} : { user: readUserNames()(uid) }),
    state: 'running',
    command: formatCommand(argv.join('\0'), 'node'),
    children: [],
  };
  return { processes: [node], note: 'child processes are not known: /proc is absent or may not be read' };
}
