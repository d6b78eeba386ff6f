import type { Ask, Item, ItemsAnswer } from '../protocol.js';
import type { Outcome } from './inspector.js';

/** Runs what is registered: main may need several goes, and one that does not return is stopped and passed by. */
export async function runItems(
  ask: (request: Ask) => Promise<Outcome>,
  options: { readonly report: string; readonly deadlineMs: number },
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let from: number | 'resume' | undefined = 0;
  // A generator may register another: the bound is for that.
  for (let goes = 0; from !== undefined && goes < 1000; goes += 1) {
    const outcome: Outcome = await ask({
      kind: 'items',
      report: options.report,
      from,
      budgetMs: options.deadlineMs / 2,
    });
    if (outcome.kind === 'answered') {
      const answer = JSON.parse(outcome.json) as ItemsAnswer;
      items.push(...answer.items);
      from = answer.next;
    } else if (outcome.kind === 'silent') {
      return [...items, describeUnanswered(items.length, options.deadlineMs * 2)];
    } else {
      from = 'resume';
    }
  }
  return items;
}

function describeUnanswered(index: number, waitedMs: number): Item {
  const now = Date.now();
  const error = `a registered generator entered native code and did not return in ${waitedMs} ms; it and those after it are missing`;
  return {
    index,
    kind: 'section',
    title: 'Registered sections',
    status: 'timed_out',
    startMs: now - waitedMs,
    endMs: now,
    error,
  };
}
