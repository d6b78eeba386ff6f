import { isMap, type ProcessesData, type ProcessNode, type Value } from '../report.js';
import { escapeControls } from './escape.js';

/** The Processes section: the tree, four spaces a generation. */
export function renderProcesses({ processes, note }: ProcessesData): string {
  const lines: string[] = [];
  // A list of its own: a tree may be deeper than the call stack allows.
  const open = processes.map((node): { node: ProcessNode | Value; depth: number } => ({ node, depth: 0 })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const indent = ' '.repeat(next.depth * 4);
    if (!isShown(next.node)) {
      lines.push(`${indent}(deeper than is shown)`);
      continue;
    }
    lines.push(`${indent}${describe(next.node)}`, `${indent}  command = ${escapeControls(next.node.command)}`);
    for (const child of listChildren(next.node).reverse()) open.push({ node: child, depth: next.depth + 1 });
  }
  if (note) lines.push(`note = ${escapeControls(note)}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Redaction puts a mask for what lies too deep to be looked at: for a process, or for all children of one. */
function isShown(node: ProcessNode | Value): node is ProcessNode {
  return isMap(node as Value);
}

function listChildren({ children }: ProcessNode): (ProcessNode | Value)[] {
  return Array.isArray(children) ? [...children] : [children as unknown as Value];
}

function describe({ pid, parentPid, user, uids, state }: ProcessNode): string {
  const under = parentPid === undefined ? '' : ` (under ${parentPid})`;
  const by = uids?.real === undefined ? '' : `run by: ${escapeControls(user ?? '?')} (${uids.real}), `;
  return `Process ${pid}${under} [ ${by}state: ${escapeControls(state)} ]`;
}
