import type { Fate } from './shipment.js';

/** Says what became of reports: of one, its log records and its spans in one line, where both are known soon enough. */
export interface Outcomes {
  /** Says them within `patienceMs` after the first is known. Resolves with all of them when the last is. */
  sayFirst(id: string, fates: readonly Promise<Fate>[], patienceMs: number): Promise<Fate>;
  /** What came of it later. */
  sayLater(id: string, sentence: string): void;
  /** Resolves when all first ones are said. */
  settled(): Promise<void>;
}

export function createOutcomes(say: (id: string, sentence: string) => void): Outcomes {
  const flushes = new Map<string, () => void>();
  const open = new Set<Promise<Fate>>();

  const collect = async (id: string, fates: readonly Promise<Fate>[], patienceMs: number): Promise<Fate> => {
    const unsaid = new Map<number, string>();
    let timer: NodeJS.Timeout | undefined;
    const flush = () => {
      clearTimeout(timer);
      timer = undefined;
      const sentence = joinSentences([...unsaid].sort(([a], [b]) => a - b).map(([, one]) => one));
      unsaid.clear();
      if (sentence !== '') say(id, sentence);
    };
    flushes.set(id, flush);
    const known = await Promise.all(
      fates.map(async (fate, n) => {
        const { taken, sentence } = await fate;
        unsaid.set(n, sentence);
        timer ??= setTimeout(flush, patienceMs).unref();
        return { taken, sentence };
      }),
    );
    flush();
    if (flushes.get(id) === flush) flushes.delete(id);
    return {
      taken: known.every(({ taken }) => taken),
      sentence: joinSentences(known.map(({ sentence }) => sentence)),
    };
  };

  return {
    sayFirst(id, fates, patienceMs) {
      const collecting = collect(id, fates, patienceMs);
      open.add(collecting);
      return collecting.finally(() => open.delete(collecting));
    },
    sayLater(id, sentence) {
      flushes.get(id)?.();
      say(id, sentence);
    },
    async settled() {
      await Promise.allSettled(open);
    },
  };
}

/** `9 records taken by A, 14 spans by B`, where the same became of both, as far as that can be said in few words. */
export function joinSentences(sentences: readonly string[]): string {
  const [first, second, ...more] = sentences.filter((sentence) => sentence !== '');
  if (first === undefined || second === undefined) return first ?? '';
  const [a, b] = [first, second].map((one) => /^(\d+ \w+) (taken|not taken) by (\S+)( .*)?$/s.exec(one));
  const isSame = a && b && a[2] === b[2] && a[4] === b[4];
  const both = isSame
    ? `${a[1]} ${a[2]} by ${a[3]}${a[2] === 'taken' ? ', ' : ', nor '}${b[1]} by ${b[3]}${a[4] ?? ''}`
    : `${first}; ${second}`;
  return [both, ...more].join('; ');
}
