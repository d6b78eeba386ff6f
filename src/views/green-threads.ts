import type { GreenThreadsData } from '../report.js';
import { renderSubtitle } from './banner.js';
import { escapeControls } from './escape.js';
import { renderFrames, renderPlaces } from './frames.js';
import { renderHandles } from './handles.js';
import { renderKeyValues } from './key-values.js';
import { renderLate } from './late.js';
import { renderSockets } from './sockets.js';
import { renderSuspended } from './suspended.js';
import { isFull, type View } from './view.js';

/** The Green Threads section: suspended callers, suspended functions, then what the event loop waits for. */
export function renderGreenThreads(data: GreenThreadsData, view: View): string {
  const suspended = data.suspended ? renderSuspended(data.suspended, view) : '';
  const { late } = data;
  if (late)
    return (
      renderLate(late, late.waitsFor === undefined ? '' : `waits for = ${escapeControls(late.waitsFor)}\n`) + suspended
    );
  const note = escapeControls(data.note);
  if (view.detail === 'short') return suspended || `${note}\n`;
  // The lines of source stand with the stack that they belong to.
  const show = isFull(view) ? renderFrames : renderPlaces;
  const chains = data.chains
    .filter(({ thread }) => isFull(view) || !isKnown(data, thread))
    .map(
      ({ thread, frames }) =>
        `${renderSubtitle('Green Thread')}\nof = ${escapeControls(thread)}\n${show(frames, view)}\n`,
    );
  const isNoted =
    isFull(view) || !data.suspended || data.suspended.threads.some((one) => 'count' in one && one.count > 0);
  return `${chains.join('')}${suspended}${renderLoop(data, view)}${isNoted ? `\n${note}\n` : ''}`;
}

/** The callers of a running stack are among the suspended functions, too, and on that stack. */
function isKnown({ suspended }: GreenThreadsData, thread: string): boolean {
  return suspended?.threads.some((one) => one.thread === thread && 'count' in one && one.count > 0) ?? false;
}

function renderLoop({ resources, handles, sockets, socketCount }: GreenThreadsData, view: View): string {
  const known = resources ?? { 'active resources': 'not known: the main thread did not answer' };
  const called = handles && isFull(view) ? renderHandles(handles, view) : '';
  return `${renderSubtitle('Event Loop')}\n${renderKeyValues(known)}${called}${renderSockets(sockets, socketCount, view)}`;
}
