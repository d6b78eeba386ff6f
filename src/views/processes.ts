import type { ProcessesData, ProcessNode } from '../report.js';
import { escapeControls } from './escape.js';

/** The Processes section: the tree, four spaces a generation. */
export function renderProcesses({ processes, note }: ProcessesData): string {
  const lines: string[] = [];
  // A list of its own: a tree may be deeper than the call stack allows.
  const open = processes.map((node) => ({ node, depth: 0 })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const indent = ' '.repeat(next.depth * 4);
    lines.push(`${indent}${describe(next.node)}`, `${indent}  command = ${escapeControls(next.node.command)}`);
    for (const child of [...next.node.children].reverse()) open.push({ node: child, depth: next.depth + 1 });
  }
  if (note) lines.push(`note = ${escapeControls(note)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function describe({ pid, parentPid, user, uids, state }: ProcessNode): string {
  const under = parentPid === undefined ? '' : ` (under ${parentPid})`;
  const by = uids ? `run by: ${escapeControls(user ?? '?')} (${uids.real}), ` : '';
  return `Process ${pid}${under} [ ${by}state: ${escapeControls(state)} ]`;
}
