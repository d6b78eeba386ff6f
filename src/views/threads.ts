import type { Frame, GreenThreadsData, KernelView, Thread, ThreadsData } from '../report.js';
import { renderSubtitle } from './banner.js';
import { escapeControls } from './escape.js';
import { renderKeyValues } from './key-values.js';
import { renderTable } from './table.js';

/** The Threads section: each thread with its stack, innermost call first, then the process's other threads. */
export function renderThreads({ threads, osThreads, late }: ThreadsData): string {
  const parts = [...(late ? [renderLate(late)] : []), ...threads.map(renderThread)];
  if (osThreads.length > 0) {
    const rows = osThreads.map((thread) => [String(thread.id), thread.name, thread.state, `${thread.cpuMs} ms CPU`]);
    parts.push(`${renderSubtitle('Other Threads')}\n${renderTable(rows, [0, 3])}\n`);
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
  return `${chains.join('')}${loop}\n${escapeControls(data.note)}\n`;
}

function renderLate({ report, lateMs, answered }: NonNullable<ThreadsData['late']>): string {
  const late = `${(lateMs / 1000).toFixed(1)} s after the report, at ${answered}`;
  return escapeControls(`report = ${report}\nlate = ${late}\n\n`, { keepLines: true });
}

function renderThread(thread: Thread): string {
  const { id, osId, name, state, span, note, kernel, frames } = thread;
  const lines = [
    `name = ${name}`,
    `state = ${state}`,
    ...(osId === undefined ? [] : [`os id = ${osId}`]),
    ...(span ? [`span = ${span.name ?? '(not recorded)'}, trace ${span.traceId} span ${span.spanId}`] : []),
    ...(note === undefined ? [] : [`note = ${note}`]),
    ...(kernel ? [`kernel = ${showKernel(kernel)}`] : []),
  ];
  const text = lines.map((line) => `${escapeControls(line)}\n`).join('');
  const stack = frames.length > 0 ? renderFrames(frames) : state === 'idle' ? '(no calls: it waits for events)\n' : '';
  return `${renderSubtitle(`Thread #${id}`)}\n${text}${stack}\n`;
}

function showKernel(kernel: KernelView): string {
  const parts = [
    kernel.wchan ? `${kernel.state} in ${kernel.wchan}` : kernel.state,
    ...(kernel.syscall ? [`system call ${kernel.syscall}`] : []),
    `${kernel.cpuMs} ms CPU in ${kernel.sampleMs} ms`,
  ];
  return parts.join(', ');
}

/** oslo's `file:line in function` with the source beneath; what is not the application's stands further in. */
function renderFrames(frames: readonly Frame[]): string {
  return frames.map(renderFrame).join('');
}

function renderFrame(frame: Frame): string {
  const { file, line, column, origin, source, generated } = frame;
  const indent = origin === 'application' ? '' : '  ';
  const place = line > 0 ? `${file}:${line}:${column}` : file || 'native code';
  const name = `${frame.async ? 'async ' : ''}${frame.function}`;
  const mark = origin === 'application' ? '' : ` (${origin})`;
  const shown = escapeControls(`${place} in ${name}${mark}${generated ? ` [built: ${generated}]` : ''}`);
  const code = source === undefined ? '' : `${indent}    \`${escapeControls(source)}\`\n`;
  return `${indent}${shown}\n${code}`;
}
