import { startTimeLimit, type TimeLimit } from '../time-limit.js';
import { type Fate, joinSentences } from './wording.js';

/** Says the outcomes for reports: those of one report's log records and spans in one line, if both are known soon enough. */
export interface Outcomes {
  /** Says them within `patienceMs` after the first is known. Resolves with all of them when the last is. */
  sayFirst(id: string, fates: readonly Promise<Fate>[], patienceMs: number): Promise<Fate>;
  /** Says an outcome that is known later. */
  sayLater(id: string, sentence: string, taken: boolean): void;
  /** Resolves when all first ones are said. */
  settled(): Promise<void>;
}

/** @param say `taken`: whether all that the sentence is about has been taken */
export function createOutcomes(say: (id: string, sentence: string, taken: boolean) => void): Outcomes {
  const flushes = new Map<string, () => void>();
  const open = new Set<Promise<Fate>>();

  const collect = async (id: string, fates: readonly Promise<Fate>[], patienceMs: number): Promise<Fate> => {
    const unsaid = new Map<number, Fate>();
    let limit: TimeLimit | undefined;
    const flush = () => {
      limit?.end();
      limit = undefined;
      const { taken, sentence } = joinFates([...unsaid].sort(([a], [b]) => a - b).map(([, fate]) => fate));
      unsaid.clear();
      if (sentence !== '') say(id, sentence, taken);
    };
    flushes.set(id, flush);
    const known = await Promise.all(
      fates.map(async (fate, n) => {
        const outcome = await fate;
        unsaid.set(n, outcome);
        limit ??= startTimeLimit(flush, patienceMs).unref();
        return outcome;
      }),
    );
    flush();
    if (flushes.get(id) === flush) flushes.delete(id);
    return joinFates(known);
  };

  return {
    sayFirst(id, fates, patienceMs) {
      const collecting = collect(id, fates, patienceMs);
      open.add(collecting);
      return collecting.finally(() => open.delete(collecting));
    },
    sayLater(id, sentence, taken) {
      flushes.get(id)?.();
      say(id, sentence, taken);
    },
    async settled() {
      await Promise.allSettled(open);
    },
  };
}

function joinFates(fates: readonly Fate[]): Fate {
  return {
    taken: fates.every(({ taken }) => taken),
    sentence: joinSentences(fates.map(({ sentence }) => sentence)),
  };
}
