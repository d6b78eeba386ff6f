import type { OsThread } from '../report.js';
import { renderSubtitle } from './banner.js';
import { escapeControls } from './escape.js';
import { renderTable } from './table.js';
import { isFull, type View } from './view.js';

/** Threads that run no JavaScript: except in `full`, the idle ones are counted. @param pool a sentence on libuv's pool */
export function renderOsThreads(threads: readonly OsThread[], pool: string | undefined, view: View): string {
  if (threads.length === 0) return '';
  const idle = isFull(view) ? [] : threads.filter(isIdle);
  const agent = isFull(view) ? undefined : threads.find(({ name }) => name.endsWith(AGENT));
  const lines = [
    ...(pool ? [`pool = ${pool}`] : []),
    ...(idle.length > 0 ? [`idle = ${countNames(idle)} (${showCpu(idle)})`] : []),
    ...(agent ? [`agent = ${agent.name.slice(0, -AGENT.length)} (${showCpu([agent])})`] : []),
  ].map((line) => `${escapeControls(line)}\n`);
  const rows = threads
    .filter((thread) => thread !== agent && !idle.includes(thread))
    .map((thread) => [
      String(thread.id),
      thread.name,
      thread.state,
      `${thread.cpuMs} ms CPU`,
      [thread.wchan, thread.syscall && `system call ${thread.syscall}`].filter((part) => part).join(', '),
    ]);
  return `${renderSubtitle('Other Threads')}\n${lines.join('')}${renderTable(rows, [0, 3])}\n`;
}

const AGENT = ' (guru-meditation)';

/** An idle thread waits for work on a futex; of threads that are not libuv's, only the state is known. */
function isIdle({ name, state, wchan, syscall }: OsThread): boolean {
  if (state !== 'sleeping' || name.endsWith(AGENT)) return false;
  const place = syscall ?? wchan;
  return place === undefined || /futex/.test(place);
}

/** `4 libuv-worker, 6 node`. */
function countNames(threads: readonly OsThread[]): string {
  const counts = new Map<string, number>();
  for (const { name } of threads) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

function showCpu(threads: readonly OsThread[]): string {
  const sumMs = threads.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  return `${Math.round(sumMs)} ms CPU`;
}
