import { baseName } from '../base-name.js';
import type { SuspendedChain, SuspendedData, SuspendedThread } from '../report.js';
import { renderSubtitle } from './banner.js';
import { showAge } from './duration.js';
import { escapeControls } from './escape.js';
import { renderFrames } from './frames.js';
import { showSettler } from './settler.js';
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
  const parts = 'why' in thread ? [] : [renderChains(thread, view), renderPlaces(thread, view)];
  return `${TITLE}${[renderHead(group), ...parts].filter((part) => part !== '').join('\n')}\n`;
}

function renderHead(group: Group): string {
  const [thread] = group as readonly [SuspendedThread];
  const each = group.length > 1 ? ' each' : '';
  const lines = [`of = ${group.map((one) => one.thread).join(', ')}`];
  if ('why' in thread) lines.push(`suspended = not known: ${thread.why}`);
  else if (thread.count === 0) lines.push(`suspended = ${thread.whole ? '0' : 'none found'}`);
  else {
    const { count, placeCount, chainCount, whole } = thread;
    lines.push(
      `suspended = ${whole ? '' : 'at least '}${count}${each}, at ${showCount(placeCount, 'place')}, in ${showCount(chainCount, 'chain')}`,
    );
  }
  if (!('why' in thread) && thread.note !== undefined) lines.push(`note = ${thread.note}`);
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

/**
 * Chains within Node alone are shown only in full: if one of them keeps the program waiting, it is a part of a chain of the
 * program.
 */
function renderChains(thread: Known, view: View): string {
  const { chainCount, places } = thread;
  const isNodes = ({ steps }: SuspendedChain) => steps.every(({ place }) => places[place]?.origin === 'node');
  const chains = isFull(view) ? thread.chains : thread.chains.filter((chain) => !isNodes(chain)).slice(0, MAX_TOLD);
  const width = String(Math.max(0, ...chains.map((chain) => chain.count))).length;
  const lines = chains.map((chain) => `${String(chain.count).padStart(width + 1)}  ${showChain(chain, thread)}\n`);
  const left = chainCount - chains.length;
  return lines.join('') + (left > 0 ? `${' '.repeat(width + 3)}… ${showCount(left, 'more chain')}\n` : '');
}

function renderPlaces({ places, placeCount }: Known, view: View): string {
  const told = isFull(view) ? places : places.filter(({ origin }) => origin !== 'node').slice(0, MAX_TOLD);
  const lines = told.map((place) => `${place.count} at ${renderFrames([place], view)}`);
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

function showChain({ steps, end, settler, requests }: SuspendedChain, { places }: Known): string {
  const shown = steps.map(({ place, by }) => {
    const frame = places[place];
    const file = frame && baseName(frame.file);
    const name = frame ? `${frame.function} ${file}:${frame.line}` : '?';
    return by === undefined ? name : `${by}  ->  ${name}`;
  });
  const last = settler ? [showSettler(settler)] : [];
  return `${escapeControls([...shown, ...last].join('  ->  '))}${ENDS[end]}${requests ? escapeControls(showRequests(requests)) : ''}`;
}

/** `  (50 requests, the oldest GET /cart, 2.1 s)`. */
function showRequests({ count, oldest }: NonNullable<SuspendedChain['requests']>): string {
  const one = `${oldest.method} ${oldest.path}, ${showAge(oldest.ageMs)}`;
  return count === 1 ? `  (${one})` : `  (${count} requests, the oldest ${one})`;
}
