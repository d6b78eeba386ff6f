import type { KernelView, Thread, ThreadsData } from '../report.js';
import { renderSubtitle } from './banner.js';
import { showDuration } from './duration.js';
import { escapeControls } from './escape.js';
import { renderFrames } from './frames.js';
import { renderLate } from './late.js';
import { renderOsThreads } from './os-threads.js';
import { isFull, MAX_TOLD, type View } from './view.js';

/** The Threads section: each thread with its stack, innermost call first, then the process's other threads. */
export function renderThreads({ threads, osThreads, pool, late }: ThreadsData, view: View): string {
  const first = late ? renderLate(late) : '';
  const [main, ...workers] = threads;
  if (view.detail === 'short') return first + (main ? renderThread([main], view) : '');
  const groups = isFull(view) ? threads.map((thread) => [thread]) : main ? [[main], ...groupAlike(workers)] : [];
  return first + groups.map((group) => renderThread(group, view)).join('') + renderOsThreads(osThreads, pool, view);
}

/** Workers in the same state at the same place, as a pool has them; idle ones last. */
function groupAlike(workers: readonly Thread[]): Thread[][] {
  const groups = new Map<string, Thread[]>();
  for (const worker of workers) {
    const { id, osId: _, name: __, forMs: ___, kernel, ...same } = worker;
    const own = kernel && { state: kernel.state, wchan: kernel.wchan, syscall: kernel.syscall };
    const key = same.child || same.span ? String(id) : JSON.stringify({ ...same, own });
    groups.set(key, [...(groups.get(key) ?? []), worker]);
  }
  const isIdle = ([worker]: Thread[]) => worker?.state === 'idle';
  const all = [...groups.values()];
  return [...all.filter((group) => !isIdle(group)), ...all.filter(isIdle)];
}

function renderThread(group: readonly Thread[], view: View): string {
  const [thread] = group as readonly [Thread];
  const { state, forMs, child, callee, span, note, kernel, frames } = thread;
  const osIds = group.flatMap(({ osId }) => (osId === undefined ? [] : [String(osId)]));
  const lines = [
    `name = ${listSome(group.map(({ name }) => name))}`,
    `state = ${showState(state, forMs, child)}`,
    ...(callee === undefined ? [] : [`native call = ${callee}`]),
    ...(osIds.length === 0 ? [] : [`os id = ${listSome(osIds)}`]),
    ...(span ? [`span = ${span.name ?? '(not recorded)'}, trace ${span.traceId} span ${span.spanId}`] : []),
    ...(note === undefined ? [] : [`note = ${note}`]),
    ...(kernel ? [`kernel = ${showKernel(kernel)}`] : []),
  ];
  const text = lines.map((line) => `${escapeControls(line)}\n`).join('');
  const stack =
    frames.length > 0 ? renderFrames(frames, view) : state === 'idle' ? '(no calls: it waits for events)\n' : '';
  const ids = group.map(({ id }) => `#${id}`);
  const title =
    group.length === 1
      ? `Thread ${ids[0]}`
      : `${group.length} Threads, ${ids.slice(0, MAX_IDS).join(' ')}${ids.length > MAX_IDS ? ' …' : ''}`;
  return `${renderSubtitle(title)}\n${text}${stack}\n`;
}

/** As many as a title has room for. */
const MAX_IDS = 8;

function listSome(items: readonly string[]): string {
  const left = items.length - MAX_TOLD;
  return left > 0 ? `${items.slice(0, MAX_TOLD).join(', ')} and ${left} more` : items.join(', ');
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
