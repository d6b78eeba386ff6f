import type { SuspendedChain, SuspendedData, SuspendedThread } from '../report.js';
import { renderSubtitle } from './banner.js';
import { escapeControls } from './escape.js';
import { renderFrames } from './frames.js';

type Known = Exclude<SuspendedThread, { readonly why: string }>;

/** Suspended functions, as chains from the outermost waiter to the innermost, then each place with its line of source. */
export function renderSuspended({ threads }: SuspendedData): string {
  return threads.map(renderThread).join('');
}

function renderThread(thread: SuspendedThread): string {
  const title = renderSubtitle('Suspended Functions');
  const of = `of = ${escapeControls(thread.thread)}\n`;
  if ('why' in thread) return `${title}${of}suspended = not known: ${escapeControls(thread.why)}\n\n`;
  const { count, placeCount, chainCount, chains, places, note } = thread;
  const total = count === 0 ? '0' : `${count}, at ${counted(placeCount, 'place')}, in ${counted(chainCount, 'chain')}`;
  const width = String(Math.max(0, ...chains.map((chain) => chain.count))).length;
  const lines = chains.map((chain) => `${String(chain.count).padStart(width + 1)}  ${showChain(chain, thread)}\n`);
  const more =
    chainCount > chains.length ? `${' '.repeat(width + 3)}… ${chainCount - chains.length} more chains\n` : '';
  const shown = places.map((place) => `${place.count} at ${renderFrames([place])}`);
  const left = placeCount > places.length ? `… ${placeCount - places.length} more places\n` : '';
  const parts = [
    `${title}${of}suspended = ${total}\n${note === undefined ? '' : `note = ${escapeControls(note)}\n`}`,
    lines.join('') + more,
    shown.join('') + left,
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
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
