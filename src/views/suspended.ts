import type { SuspendedChain, SuspendedData, SuspendedThread } from '../report.js';
import { renderSubtitle } from './banner.js';
import { escapeControls } from './escape.js';
import { renderFrames } from './frames.js';
import { isFull, MAX_TOLD, showCount, type View } from './view.js';

type Known = Exclude<SuspendedThread, { readonly why: string }>;

/** Suspended functions, as chains from the outermost waiter to the innermost, then each place with its line of source. */
export function renderSuspended({ threads }: SuspendedData, view: View): string {
  const told = isFull(view) ? [...threads] : threads.filter((thread) => 'count' in thread && thread.count > 0);
  const rest = threads.filter((thread) => !told.includes(thread));
  return (
    told.map((thread) => renderThread([thread], view)).join('') +
    groupAlike(rest)
      .map((group) => renderThread(group, view))
      .join('')
  );
}

/** Threads of which the same is told: that nothing is suspended, or why that is not known. */
function groupAlike(threads: readonly SuspendedThread[]): SuspendedThread[][] {
  const groups = new Map<string, SuspendedThread[]>();
  for (const thread of threads) {
    const key = 'why' in thread ? thread.why : `0 ${thread.note ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), thread]);
  }
  return [...groups.values()];
}

function renderThread(group: readonly SuspendedThread[], view: View): string {
  const [thread] = group as readonly [SuspendedThread];
  const title = renderSubtitle('Suspended Functions');
  const of = `of = ${escapeControls(group.map((one) => one.thread).join(', '))}\n`;
  if ('why' in thread) return `${title}${of}suspended = not known: ${escapeControls(thread.why)}\n\n`;
  const { count, placeCount, chainCount, note } = thread;
  const max = isFull(view) ? Number.POSITIVE_INFINITY : MAX_TOLD;
  const [chains, places] = [thread.chains.slice(0, max), thread.places.slice(0, max)];
  const total =
    count === 0 ? '0' : `${count}, at ${showCount(placeCount, 'place')}, in ${showCount(chainCount, 'chain')}`;
  const width = String(Math.max(0, ...chains.map((chain) => chain.count))).length;
  const lines = chains.map((chain) => `${String(chain.count).padStart(width + 1)}  ${showChain(chain, thread)}\n`);
  const more =
    chainCount > chains.length
      ? `${' '.repeat(width + 3)}… ${showCount(chainCount - chains.length, 'more chain')}\n`
      : '';
  const shown = places.map((place) => `${place.count} at ${renderFrames([place], view)}`);
  const left = placeCount > places.length ? `… ${showCount(placeCount - places.length, 'more place')}\n` : '';
  const parts = [
    `${title}${of}suspended = ${total}\n${note === undefined ? '' : `note = ${escapeControls(note)}\n`}`,
    lines.join('') + more,
    shown.join('') + left,
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

const ENDS: { readonly [end in SuspendedChain['end']]: string } = {
  promise: '',
  ready: '  (its promise is settled: it goes on next)',
  circle: '  (a circle: it waits for itself)',
  deep: '  -> …',
  unknown: '  -> ?',
};

function showChain({ steps, end }: SuspendedChain, { places }: Known): string {
  const shown = steps.map(({ place, by }) => {
    const frame = places[place];
    const file = frame?.file.slice(Math.max(frame.file.lastIndexOf('/'), frame.file.lastIndexOf('\\')) + 1);
    const name = frame ? `${frame.function} ${file}:${frame.line}` : '?';
    return by === undefined ? name : `${by}  ->  ${name}`;
  });
  return `${escapeControls(shown.join('  ->  '))}${ENDS[end]}`;
}
