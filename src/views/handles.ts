import type { CalledFunction, HandlesData } from '../report.js';
import { showDue, showDuration } from './duration.js';
import { escapeControls } from './escape.js';
import { showCount, showPath, type View } from './view.js';

/** The timers and servers that keep the event loop alive, with the functions that it calls. */
export function renderHandles(handles: HandlesData | { readonly why: string }, view: View): string {
  if ('why' in handles) return `timers and servers = not known: ${escapeControls(handles.why)}\n`;
  const { timers, timerCount, servers, serverCount, whole } = handles;
  const shown = timers.reduce((sum, one) => sum + one.count, 0);
  const width = Math.max(1, ...timers.map((one) => String(one.count).length));
  const lines = [
    ...(whole ? [] : ['note = there was no time for the whole heap: timers and servers may be missing']),
    `timers = ${timerCount}`,
    ...timers.map(
      (one) =>
        `${String(one.count).padStart(width)}  ${one.repeats ? 'every' : 'after'} ${showTime(one.ms)}, ${showDue(one.dueMs, showTime)}${one.unref ? ', unref' : ''}${showFunction(one.callback, view)}`,
    ),
    ...(timerCount > shown ? [`… ${showCount(timerCount - shown, 'more timer')}`] : []),
    `servers = ${serverCount}`,
    ...servers.map(({ name, address, handler }) => `${name} ${address}${showFunction(handler, view)}`),
    ...(serverCount > servers.length ? [`… ${showCount(serverCount - servers.length, 'more server')}`] : []),
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

/** `20 ms`, `4.2 s`, `1 min 10 s`. */
function showTime(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : showDuration(ms);
}

function showFunction(called: CalledFunction | undefined, view: View): string {
  if (!called) return '';
  return `: ${called.function}${called.line > 0 ? ` ${showPath(called.file, view)}:${called.line}` : ''}`;
}
