import type { ProcessesData, ProcessNode } from '../report.js';
import { escapeControls } from './escape.js';
import { isFull, MAX_TOLD, type View } from './view.js';

/** A process after redaction: a mask stands in place of a process that lies too deep, or of all its children. */
type Shown = Omit<ProcessNode, 'children'> & { readonly children: readonly (Shown | string)[] | string };

/** Processes that are told together; a mask stands alone. */
type Group = readonly [Shown, ...Shown[]] | string;

/** The Processes section: the tree, indented by four spaces a generation; except in `full`, many alike children are grouped. */
export function renderProcesses({ processes, note }: ProcessesData, view: View): string {
  const lines: string[] = [];
  // With a stack in a list, not by recursion: a tree may be deeper than the call stack allows.
  const open = groupAlike(processes, view).map((group): { group: Group; depth: number } => ({ group, depth: 0 }));
  open.reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { group, depth } = next;
    const indent = ' '.repeat(depth * 4);
    if (typeof group === 'string') {
      lines.push(`${indent}(deeper than is shown)`);
      continue;
    }
    const [first] = group;
    lines.push(`${indent}${describe(group)}`, `${indent}  command = ${escapeControls(first.command)}`);
    const children = groupAlike(listChildren(first), view).reverse();
    for (const child of children) open.push({ group: child, depth: depth + 1 });
  }
  if (note) lines.push(`note = ${escapeControls(note)}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Fewer alike processes are shown one by one. */
const MIN_ALIKE = 4;

function groupAlike(nodes: readonly (Shown | string)[], view: View): Group[] {
  const groups = new Map<string, [Shown, ...Shown[]] | string>();
  for (const [index, node] of nodes.entries()) {
    const key = isFull(view) || typeof node === 'string' || listChildren(node).length > 0 ? String(index) : keyOf(node);
    const known = groups.get(key);
    if (typeof known === 'object' && typeof node === 'object') known.push(node);
    else groups.set(key, typeof node === 'string' ? node : [node]);
  }
  return [...groups.values()].flatMap((group): Group[] =>
    typeof group === 'string' || group.length >= MIN_ALIKE ? [group] : group.map((node): [Shown] => [node]),
  );
}

function keyOf({ user, uids, state, command }: Shown): string {
  return JSON.stringify([user, uids?.real, state, command]);
}

function listChildren({ children }: Shown): (Shown | string)[] {
  return typeof children === 'string' ? [children] : [...children];
}

function describe(group: readonly [Shown, ...Shown[]]): string {
  const [{ parentPid, user, uids, state }] = group;
  const pids = group.slice(0, MAX_TOLD).map(({ pid }) => pid);
  const left = group.length > pids.length ? ` and ${group.length - pids.length} more` : '';
  const name = group.length === 1 ? `Process ${pids[0]}` : `${group.length} Processes ${pids.join(' ')}${left}`;
  const under = parentPid === undefined ? '' : ` (under ${parentPid})`;
  const by = uids?.real === undefined ? '' : `run by: ${escapeControls(user ?? '?')} (${uids.real}), `;
  return `${name}${under} [ ${by}state: ${escapeControls(state)} ]`;
}
