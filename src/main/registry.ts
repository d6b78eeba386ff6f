import { setTimeout } from 'node:timers';
import { readClockMs } from '../clock.js';
import type { Item, ItemsAnswer } from '../main-facts.js';
import { boundText, countItem } from './characters.js';
import { tellError } from './error-text.js';
import { guarded } from './listening.js';
import { runOutside } from './outside.js';
import { toPlain } from './plain.js';

/** A registered function. It returns text, a plain value, or both; it may be async. */
export type Generator = () => unknown;

interface Entry {
  readonly kind: 'section' | 'group';
  readonly title: string;
  readonly generator: Generator;
  readonly secret: readonly string[];
}

export interface Registry {
  /** Replaces an entry with the same kind and title. @returns a function that removes the entry */
  add(entry: Entry): () => void;
  size(): number;
  /** Whether the caller is a generator. */
  isRunning(): boolean;
  /** Called when `size` may have changed. */
  onChange: () => void;
  /**
   * Runs the registered generators, groups first, from index `from` on, until `budgetMs` are spent. `settle` gets the
   * results of asynchronous ones, later.
   */
  run(from: number | 'resume', budgetMs: number, settle: (item: Item) => void): ItemsAnswer;
}

/** Read before the program runs: its tests may install another clock. */
const { now } = Date;

/**
 * The results of one go. They are kept until the next one: the answer of a go that is terminated is lost, and the
 * next answer has to include its results.
 */
interface Go {
  items: Item[];
  next: number;
  handedOver: number;
}

/** Milliseconds after which a generator that has not returned counts as one that was stopped: nothing tells of that. */
const STOPPED_MS = 10_000;

/** Milliseconds that the results are kept if no other go follows: longer than any deadline. */
const KEEP_MS = 120_000;

/** The most characters of one go's answer, which is one text. Further generators wait for the next go. */
const MAX_CHARACTERS_A_GO = 4 * 1024 * 1024;

export function createRegistry(): Registry {
  const entries = new Map<string, Entry>();
  let running: { index: number; order: readonly Entry[]; startMs: number; sinceMs: number } | undefined;
  let order: readonly Entry[] = [];
  let go: Go = { items: [], next: 0, handedOver: 1 };
  let forget: NodeJS.Timeout | undefined;
  const begin = (next: number) => {
    go = { items: [], next, handedOver: 1 };
    forget?.refresh();
  };
  const answer = (): ItemsAnswer => ({ items: go.items, ...(go.next < order.length ? { next: go.next } : {}) });
  /**
   * All generators had run, and the answer itself was terminated. The next answer has the whole time; the one after it
   * omits the data.
   */
  const handOverAgain = () => {
    go.handedOver += 1;
    if (go.handedOver > 2) go.items = go.items.map(leaveOut);
    return answer();
  };

  const registry: Registry = {
    onChange: () => {},
    add(entry) {
      // Not in the hook, which the program's code is interrupted for.
      forget ??= runOutside(() =>
        setTimeout(() => {
          go = { ...go, items: [] };
        }, KEEP_MS).unref(),
      );
      const key = `${entry.kind} ${entry.title}`;
      entries.set(key, entry);
      registry.onChange();
      return () => {
        if (entries.get(key) === entry) entries.delete(key);
        registry.onChange();
      };
    },
    size: () => entries.size,
    isRunning: () => running !== undefined && readClockMs() - running.sinceMs < STOPPED_MS,
    run(from, budgetMs, settle) {
      if (from === 0) order = [...entries.values()].sort((a, b) => a.kind.localeCompare(b.kind));
      if (from !== 'resume') begin(from);
      else if (!running) return handOverAgain();
      else {
        if (go.items.at(-1)?.index !== running.index) go.items.push(describeTerminated(running));
        go.next = running.index + 1;
      }
      const startedMs = readClockMs();
      let characters = go.items.reduce((sum, item) => sum + countItem(item), 0);
      for (; go.next < order.length && readClockMs() - startedMs < budgetMs; go.next += 1) {
        if (characters > MAX_CHARACTERS_A_GO) break;
        const entry = order[go.next] as Entry;
        // If this call of the hook is terminated in the middle, the next call reads `running`.
        running = { index: go.next, order, startMs: now(), sinceMs: readClockMs() };
        const item = runEntry(entry, go.next, settle);
        characters += countItem(item);
        go.items.push(item);
      }
      running = undefined;
      return answer();
    },
  };
  return registry;
}

function leaveOut({ data: _, text: __, ...item }: Item): Item {
  return item.status === 'ok' ? { ...item, status: 'failed', error: 'left out: it was not handed over in time' } : item;
}

function describeTerminated(running: { index: number; order: readonly Entry[]; startMs: number }): Item {
  const entry = running.order[running.index] as Entry;
  const endMs = now();
  return {
    ...describeEntry(entry, running.index, running.startMs),
    status: 'timed_out',
    endMs,
    error: `stopped: it had not returned after ${endMs - running.startMs} ms, which the main thread had to wait`,
  };
}

function runEntry(entry: Entry, index: number, settle: (item: Item) => void): Item {
  const about = describeEntry(entry, index, now());
  try {
    const made = entry.generator();
    if (!isThenable(made)) return { ...about, ...describeMade(entry, made), endMs: now() };
    const finish = (part: Pick<Item, 'status' | 'data' | 'text' | 'error'>) =>
      settle({ ...about, ...part, endMs: now() });
    // An error of these callbacks would be an unhandled rejection, and end the program.
    const what = `the result of ${entry.kind} ${entry.title}`;
    made.then(
      guarded(what, (value: unknown) => finish(describeMade(entry, value))),
      guarded(what, (error: unknown) => finish({ status: 'failed', error: tellError(error) })),
    );
    return { ...about, status: 'pending', endMs: now() };
  } catch (error) {
    return { ...about, status: 'failed', error: tellError(error), endMs: now() };
  }
}

function describeEntry(entry: Entry, index: number, startMs: number): Omit<Item, 'status' | 'endMs'> {
  const about = { index, kind: entry.kind, title: entry.title, startMs };
  return entry.secret.length > 0 ? { ...about, secret: entry.secret } : about;
}

function describeMade(entry: Entry, made: unknown): Pick<Item, 'status' | 'data' | 'text'> {
  if (entry.kind === 'section') {
    if (typeof made === 'string') return { status: 'ok', text: boundText(made) };
    const both = readBoth(made);
    if (both) return { status: 'ok', text: boundText(both.text), data: toPlain(both.data) };
  }
  return { status: 'ok', data: toPlain(made) };
}

/** `{ text, data }` and nothing else; read with care, since it may be a Proxy. */
function readBoth(made: unknown): { text: string; data: unknown } | undefined {
  try {
    if (typeof made !== 'object' || made === null || Object.keys(made).sort().join() !== 'data,text') return undefined;
    const { text, data } = made as { text: unknown; data: unknown };
    return typeof text === 'string' ? { text, data } : undefined;
  } catch {
    return undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
