import type { Chain, ChainEnd, ChainStep } from './chain.js';
import type { JoinState } from './suspended-functions.js';

/** Alike chains, while they are counted. */
export interface Group extends Omit<Chain, 'requests'> {
  count: number;
  /** The first function that was counted last: it is counted once, by however many ways. */
  first: number;
  readonly roots: number[];
  readonly requests: Set<number>;
}

/** A step of chains that are alike up to it. */
export class ChainNode {
  readonly #step: ChainStep;
  readonly #before: ChainNode | undefined;
  readonly #direct = new Map<number, ChainNode>();
  readonly #joined = new Map<string, ChainNode>();
  readonly groups = new Map<ChainEnd, Group>();

  constructor(step: ChainStep, before?: ChainNode) {
    this.#step = step;
    this.#before = before;
  }

  /** @param join how this step waits for the one at `place`, if not directly */
  follow(place: number, join: JoinState | undefined): ChainNode {
    if (!join) return entryOf(this.#direct, place, () => new ChainNode({ place }, this));
    const key = `${place} ${join.kind} ${join.settled} ${join.of}`;
    return entryOf(this.#joined, key, () => new ChainNode({ place, join }, this));
  }

  /** From the first one to this. */
  steps(): readonly ChainStep[] {
    const steps: ChainStep[] = [];
    for (let node: ChainNode | undefined = this; node; node = node.#before) steps.push(node.#step);
    return steps.reverse();
  }
}

/** Chains by their steps: to find the group of one, nothing is made. */
export class ChainTree {
  readonly groups: Group[] = [];
  readonly #first = new Map<number, ChainNode>();

  begin(place: number): ChainNode {
    return entryOf(this.#first, place, () => new ChainNode({ place }));
  }

  /** The group of the chains that end at a node. */
  groupAt(node: ChainNode, end: ChainEnd): Group {
    return entryOf(node.groups, end, () => {
      const group: Group = { count: 0, first: -1, steps: node.steps(), end, roots: [], requests: new Set() };
      this.groups.push(group);
      return group;
    });
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
