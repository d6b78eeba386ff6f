import type { JoinState, Suspended } from './graph.js';

/** Equal chains of waiters: from one that nobody waits for to what it waits for in the end. */
export interface Chain {
  /** How many functions are the first of such a chain. */
  readonly count: number;
  readonly steps: readonly ChainStep[];
  readonly end: ChainEnd;
}

export interface ChainStep {
  /** An index of the places. */
  readonly place: number;
  /** How the step before it waits for this one, if not directly. */
  readonly join?: JoinState;
}

/**
 * A promise that no suspended function settles; one that is settled, so that the last step goes on soon; a step of its own; what
 * is deeper than is told; or not known, where not all was read.
 */
export type ChainEnd = 'promise' | 'ready' | 'circle' | 'deep' | 'unknown';

const MAX_STEPS = 40;
/** Of one first function: a join of joins has more ways than can be told. */
const MAX_WAYS = 50;
const MAX_ALL_WAYS = 200_000;

export interface Chains {
  /** The most frequent first. */
  readonly chains: readonly Chain[];
  /** Not every way was followed. */
  readonly isCut: boolean;
}

export function groupChains(all: readonly Suspended[], placeOf: (one: Suspended) => number, isWhole: boolean): Chains {
  const groups = new Map<string, { count: number; steps: readonly ChainStep[]; end: ChainEnd }>();
  const reached = new Set<Suspended>();
  let ways = 0;
  let isCut = false;
  const add = (first: Suspended): void => {
    const own = new Set<string>();
    const open: { readonly steps: readonly ChainStep[]; readonly path: readonly Suspended[] }[] = [
      { steps: [{ place: placeOf(first) }], path: [first] },
    ];
    for (let next = open.pop(); next; next = open.pop()) {
      const { steps, path } = next;
      const last = path[path.length - 1] as Suspended;
      reached.add(last);
      const end = describeEnd(last, path, isWhole);
      if (end === undefined) {
        const { join } = last;
        const room = Math.max(0, MAX_WAYS - open.length);
        if (last.on.length > room) isCut = true;
        for (const one of last.on.slice(0, room).reverse()) {
          open.push({ steps: [...steps, { place: placeOf(one), ...(join ? { join } : {}) }], path: [...path, one] });
        }
        continue;
      }
      ways += 1;
      const key = `${steps.map(({ place, join }) => `${place} ${join ? `${join.kind} ${join.settled} ${join.of}` : ''}`).join('\n')}\n${end}`;
      if (own.has(key)) continue;
      own.add(key);
      const group = groups.get(key);
      if (group) group.count += 1;
      else groups.set(key, { count: 1, steps, end });
    }
  };
  const waitedFor = new Set(all.flatMap(({ on }) => on));
  // Those that are left wait for each other in a circle.
  for (const one of [...all.filter((candidate) => !waitedFor.has(candidate)), ...all]) {
    if (reached.has(one)) continue;
    if (ways >= MAX_ALL_WAYS) {
      isCut = true;
      break;
    }
    add(one);
  }
  return { chains: [...groups.values()].sort((one, other) => other.count - one.count), isCut };
}

function describeEnd(last: Suspended, path: readonly Suspended[], isWhole: boolean): ChainEnd | undefined {
  if (path.indexOf(last) < path.length - 1) return 'circle';
  if (last.ready) return 'ready';
  if (last.on.length === 0) return isWhole ? 'promise' : 'unknown';
  return path.length >= MAX_STEPS ? 'deep' : undefined;
}
