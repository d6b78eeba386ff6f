import type { SuspendedChain, SuspendedData, SuspendedThread } from '../report.js';
import { renderSubtitle } from './banner.js';
import { escapeControls } from './escape.js';
import { renderFrames } from './frames.js';
import { isFull, MAX_TOLD, showCount, type View } from './view.js';

type Known = Exclude<SuspendedThread, { readonly why: string }>;

/** Suspended functions, as chains from the outermost waiter to the innermost, then each place with its line of source. */
export function renderSuspended({ threads }: SuspendedData, view: View): string {
  if (isFull(view)) return threads.map((thread) => renderGroup([thread], view)).join('');
  const groups = groupAlike(threads);
  const told = groups.filter(hasAny).map((group) => renderGroup(group, view));
  const rest = groups.filter((group) => !hasAny(group)).map((group) => renderHead(group));
  return `${told.join('')}${rest.length > 0 ? `${TITLE}${rest.join('')}\n` : ''}`;
}

const TITLE = renderSubtitle('Suspended Functions');

/** Alike threads, as the workers of a pool are. */
type Group = readonly SuspendedThread[];

function groupAlike(threads: readonly SuspendedThread[]): Group[] {
  const groups = new Map<string, SuspendedThread[]>();
  for (const thread of threads) {
    const key = JSON.stringify({ ...thread, thread: '' });
    groups.set(key, [...(groups.get(key) ?? []), thread]);
  }
  return [...groups.values()].map((group) => group.sort((a, b) => idOf(a) - idOf(b)));
}

/** Of `#3 resize`. */
function idOf({ thread }: SuspendedThread): number {
  return Number.parseInt(thread.slice(1), 10) || 0;
}

function hasAny([thread]: Group): boolean {
  return thread !== undefined && 'count' in thread && thread.count > 0;
}

function renderGroup(group: Group, view: View): string {
  const [thread] = group as readonly [SuspendedThread];
  const max = isFull(view) ? Number.POSITIVE_INFINITY : MAX_TOLD;
  const parts = 'why' in thread ? [] : [renderChains(thread, max), renderPlaces(thread, max, view)];
  return `${TITLE}${[renderHead(group), ...parts].filter((part) => part !== '').join('\n')}\n`;
}

function renderHead(group: Group): string {
  const [thread] = group as readonly [SuspendedThread];
  const each = group.length > 1 ? ' each' : '';
  const lines = [`of = ${group.map((one) => one.thread).join(', ')}`];
  if ('why' in thread) lines.push(`suspended = not known: ${thread.why}`);
  else if (thread.count === 0) lines.push('suspended = 0');
  else {
    const { count, placeCount, chainCount } = thread;
    lines.push(
      `suspended = ${count}${each}, at ${showCount(placeCount, 'place')}, in ${showCount(chainCount, 'chain')}`,
    );
  }
  if (!('why' in thread) && thread.note !== undefined) lines.push(`note = ${thread.note}`);
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

function renderChains(thread: Known, max: number): string {
  const { chainCount } = thread;
  const chains = thread.chains.slice(0, max);
  const width = String(Math.max(0, ...chains.map((chain) => chain.count))).length;
  const lines = chains.map((chain) => `${String(chain.count).padStart(width + 1)}  ${showChain(chain, thread)}\n`);
  const left = chainCount - chains.length;
  return lines.join('') + (left > 0 ? `${' '.repeat(width + 3)}… ${showCount(left, 'more chain')}\n` : '');
}

function renderPlaces({ places, placeCount }: Known, max: number, view: View): string {
  const lines = places.slice(0, max).map((place) => `${place.count} at ${renderFrames([place], view)}`);
  const left = placeCount - lines.length;
  return lines.join('') + (left > 0 ? `… ${showCount(left, 'more place')}\n` : '');
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
