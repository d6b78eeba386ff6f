import type { GreenThreadsData, KernelView, Thread, ThreadsData } from '../report.js';
import { renderSubtitle } from './banner.js';
import { showDuration } from './duration.js';
import { escapeControls } from './escape.js';
import { renderFrames } from './frames.js';
import { renderKeyValues } from './key-values.js';
import { renderSuspended } from './suspended.js';
import { renderTable } from './table.js';

/** The Threads section: each thread with its stack, innermost call first, then the process's other threads. */
export function renderThreads({ threads, osThreads, pool, late }: ThreadsData): string {
  const parts = [...(late ? [renderLate(late)] : []), ...threads.map(renderThread)];
  if (osThreads.length > 0) {
    const rows = osThreads.map((thread) => [
      String(thread.id),
      thread.name,
      thread.state,
      `${thread.cpuMs} ms CPU`,
      [thread.wchan, thread.syscall && `system call ${thread.syscall}`].filter((part) => part).join(', '),
    ]);
    const sentence = pool ? `pool = ${escapeControls(pool)}\n` : '';
    parts.push(`${renderSubtitle('Other Threads')}\n${sentence}${renderTable(rows, [0, 3])}\n`);
  }
  return parts.join('');
}

/** The Green Threads section: suspended callers, then what the event loop waits for. */
export function renderGreenThreads(data: GreenThreadsData): string {
  const chains = data.chains.map(
    ({ thread, frames }) =>
      `${renderSubtitle('Green Thread')}\nof = ${escapeControls(thread)}\n${renderFrames(frames)}\n`,
  );
  const rows = data.sockets.map((socket) => [
    socket.kind,
    String(socket.fd),
    socket.state,
    socket.remote ? `${socket.local} -> ${socket.remote}` : socket.local,
  ]);
  const resources = data.resources ?? { 'active resources': 'not known: the main thread did not answer' };
  const sockets = `sockets = ${data.socketCount}${rows.length < data.socketCount ? `, ${rows.length} shown` : ''}\n`;
  const loop = `${renderSubtitle('Event Loop')}\n${renderKeyValues(resources)}${sockets}${renderTable(rows, [1])}`;
  const suspended = data.suspended ? renderSuspended(data.suspended) : '';
  return `${chains.join('')}${suspended}${loop}\n${escapeControls(data.note)}\n`;
}

function renderLate({ report, lateMs, answered }: NonNullable<ThreadsData['late']>): string {
  const late = `${(lateMs / 1000).toFixed(1)} s after the report, at ${answered}`;
  return escapeControls(`report = ${report}\nlate = ${late}\n\n`, { keepLines: true });
}

function renderThread(thread: Thread): string {
  const { id, osId, name, state, forMs, child, callee, span, note, kernel, frames } = thread;
  const lines = [
    `name = ${name}`,
    `state = ${showState(state, forMs, child)}`,
    ...(callee === undefined ? [] : [`native call = ${callee}`]),
    ...(osId === undefined ? [] : [`os id = ${osId}`]),
    ...(span ? [`span = ${span.name ?? '(not recorded)'}, trace ${span.traceId} span ${span.spanId}`] : []),
    ...(note === undefined ? [] : [`note = ${note}`]),
    ...(kernel ? [`kernel = ${showKernel(kernel)}`] : []),
  ];
  const text = lines.map((line) => `${escapeControls(line)}\n`).join('');
  const stack = frames.length > 0 ? renderFrames(frames) : state === 'idle' ? '(no calls: it waits for events)\n' : '';
  return `${renderSubtitle(`Thread #${id}`)}\n${text}${stack}\n`;
}

/** `running JavaScript for 1.7 s`, `waits for its child: sleep 6 (pid 1170), for 1.7 s`. */
export function showState(state: Thread['state'], forMs?: number, child?: Thread['child']): string {
  const duration = forMs === undefined ? '' : ` for ${showDuration(forMs)}`;
  if (!child) return state + duration;
  return `${state}: ${child.command} (pid ${child.pid})${duration && `,${duration}`}`;
}

function showKernel(kernel: KernelView): string {
  const parts = [
    kernel.wchan ? `${kernel.state} in ${kernel.wchan}` : kernel.state,
    ...(kernel.syscall ? [`system call ${kernel.syscall}`] : []),
    `${kernel.cpuMs} ms CPU in ${kernel.sampleMs} ms`,
    ...(kernel.waitedMs !== undefined && kernel.waitedMs >= 10 ? [`${kernel.waitedMs} ms without a CPU`] : []),
  ];
  return parts.join(', ');
}

/** oslo's `file:line in function` with the source beneath; what is not the application's stands further in. */
