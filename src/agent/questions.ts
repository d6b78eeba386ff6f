import type { Ask, Item } from '../main-facts.js';
import type { ToMain } from '../protocol.js';
import { CpuWatch } from '../thread-clock.js';
import { startTimeLimit } from '../time-limit.js';

/** Questions to main by message, and the results of its asynchronous generators. */
export interface Questions {
  /** A generator may settle before the answer that says it is pending: its result is kept from here on, until it is awaited. */
  expectItems(report: string): void;
  /** Resolves with undefined past the deadline. */
  ask(request: Ask, deadlineMs: number): Promise<string | undefined>;
  answer(ask: number, json: string): void;
  /** The same items. A pending one is replaced by its result if that comes within `deadlineMs`, or later where main waits for a CPU. */
  awaitItems(report: string, items: readonly Item[], deadlineMs: number): Promise<readonly Item[]>;
  settle(report: string, item: Item): void;
}

export function createQuestions(post: (message: ToMain) => void): Questions {
  const asked = new Map<number, (json: string) => void>();
  const settled = new Map<string, Map<number, Item>>();
  let changed: (() => void) | undefined;
  let nextAsk = 1;

  return {
    expectItems: (report) => void settled.set(report, new Map()),
    ask: (request, deadlineMs) =>
      new Promise((resolve) => {
        const ask = nextAsk++;
        const done = (json: string | undefined) => {
          limit.end();
          asked.delete(ask);
          resolve(json);
        };
        const limit = startTimeLimit(() => done(undefined), deadlineMs);
        asked.set(ask, done);
        post({ type: 'ask', ask, request });
      }),
    answer: (ask, json) => asked.get(ask)?.(json),
    async awaitItems(report, items, deadlineMs) {
      const here = settled.get(report) ?? new Map<number, Item>();
      const isMissing = (item: Item) => item.status === 'pending' && !here.has(item.index);
      const startMs = performance.now();
      const main = new CpuWatch(process.pid);
      const leftMs = () => startMs + deadlineMs + main.extra(deadlineMs) - performance.now();
      for (let ms = leftMs(); ms > 0 && items.some(isMissing); ms = leftMs()) await nextChange(ms);
      settled.delete(report);
      return items.map((item) =>
        item.status === 'pending' ? (here.get(item.index) ?? expire(item, deadlineMs)) : item,
      );
    },
    settle(report, item) {
      settled.get(report)?.set(item.index, item);
      changed?.();
    },
  };

  function nextChange(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const limit = startTimeLimit(resolve, timeoutMs);
      changed = () => {
        limit.end();
        resolve();
      };
    });
  }
}

function expire(item: Item, deadlineMs: number): Item {
  const error = `its promise had not settled after ${deadlineMs} ms`;
  return { ...item, status: 'timed_out', endMs: Date.now(), error };
}
