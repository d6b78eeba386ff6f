import { countItem } from '../main/characters.js';
import type { Ask, Item, ItemsAnswer } from '../main-facts.js';
import type { Outcome } from './evaluation.js';

/** The most characters of registered items in one report: making and sending it takes some fifteen times as much memory. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Goes in a row that may throw. */
const MAX_FAILED = 3;

/** Runs the registered generators. Main may need several goes. A generator that does not return is stopped and skipped. */
export async function runItems(
  ask: (request: Ask) => Promise<Outcome>,
  options: { readonly report: string; readonly deadlineMs: number },
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let characters = 0;
  let from: number | 'resume' | undefined = 0;
  let failed = 0;
  // A generator may register another: the bound is for that.
  for (let goes = 0; from !== undefined && goes < 1000; goes += 1) {
    const outcome: Outcome = await ask({
      kind: 'items',
      report: options.report,
      from,
      budgetMs: options.deadlineMs / 2,
    });
    if (outcome.kind === 'answered') {
      failed = 0;
      const answer = JSON.parse(outcome.json) as ItemsAnswer;
      items.push(...answer.items);
      from = answer.next;
      characters += outcome.json.length;
      if (from !== undefined && characters > MAX_CHARACTERS) return [...items, describeLeftOut(from)];
    } else if (outcome.kind === 'silent') {
      return [...items, describeUnanswered(items.length, options.deadlineMs * 2)];
    } else {
      // A generator was stopped; or the hook itself is broken, and stays so.
      if (outcome.kind === 'threw') failed += 1;
      if (failed > MAX_FAILED) return [...items, ...describeUnasked(1, 'the main thread did not run it to an end')];
      from = 'resume';
    }
  }
  return items;
}

/** Stands for registered sections if they could not be run. */
export function describeUnasked(count: number, why: string): readonly Item[] {
  if (count === 0) return [];
  const what = count === 1 ? 'what is registered was not run' : `${count} that are registered were not run`;
  return [standIn(0, 'timed_out', `${what}: ${why}`)];
}

function describeUnanswered(index: number, waitedMs: number): Item {
  const error = `a registered generator entered native code and did not return in ${waitedMs} ms; it and those after it are missing`;
  return standIn(index, 'timed_out', error, waitedMs);
}

/** One item in place of those that are missing. */
function standIn(index: number, status: Item['status'], error: string, waitedMs = 0): Item {
  const now = Date.now();
  return { index, kind: 'section', title: 'Registered sections', status, startMs: now - waitedMs, endMs: now, error };
}

/** The same items, after promises have settled. Items beyond the bound lose their data, and an error says so. */
export function boundItems(items: readonly Item[]): readonly Item[] {
  let characters = 0;
  return items.map((item) => {
    characters += countItem(item);
    if (characters <= MAX_CHARACTERS || item.status !== 'ok') return item;
    const { index, kind, title, startMs, endMs } = item;
    return { index, kind, title, startMs, endMs, status: 'failed', error: LEFT_OUT };
  });
}

const LEFT_OUT = `left out: with it, what is registered comes to more than ${MAX_CHARACTERS / 2 ** 20} MiB`;

function describeLeftOut(index: number): Item {
  return standIn(index, 'failed', `${LEFT_OUT}; those after it were not run`);
}
