import type { ProcessesData, ProcessNode } from '../report.js';
import { escapeControls } from './escape.js';

/** A process after redaction, which puts a mask for one that lies too deep to be looked at, or for all children of one. */
type Shown = Omit<ProcessNode, 'children'> & { readonly children: readonly (Shown | string)[] | string };

/** The Processes section: the tree, four spaces a generation. */
export function renderProcesses({ processes, note }: ProcessesData): string {
  const lines: string[] = [];
  // A list of its own: a tree may be deeper than the call stack allows.
  const open = processes.map((node): { node: Shown | string; depth: number } => ({ node, depth: 0 })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const indent = ' '.repeat(next.depth * 4);
    if (typeof next.node === 'string') {
      lines.push(`${indent}(deeper than is shown)`);
      continue;
    }
    lines.push(`${indent}${describe(next.node)}`, `${indent}  command = ${escapeControls(next.node.command)}`);
    for (const child of listChildren(next.node).reverse()) open.push({ node: child, depth: next.depth + 1 });
  }
  if (note) lines.push(`note = ${escapeControls(note)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function listChildren({ children }: Shown): (Shown | string)[] {
  return typeof children === 'string' ? [children] : [...children];
}

function describe({ pid, parentPid, user, uids, state }: Shown): string {
  const under = parentPid === undefined ? '' : ` (under ${parentPid})`;
  const by = uids?.real === undefined ? '' : `run by: ${escapeControls(user ?? '?')} (${uids.real}), `;
  return `Process ${pid}${under} [ ${by}state: ${escapeControls(state)} ]`;
}
