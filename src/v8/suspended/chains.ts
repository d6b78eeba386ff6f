import type { Chain, ChainEnd } from './chain.js';
import { type ChainNode, ChainTree, type Group } from './chain-tree.js';
import type { Suspended } from './suspended-function.js';

const MAX_STEPS = 40;
/** Of one first function: a join of joins has more ways than can be told. */
const MAX_WAYS = 50;
const MAX_ALL_WAYS = 200_000;
const MAX_ROOTS = 3;
const MAX_REQUESTS = 500;

export interface Chains {
  /** The most frequent first. */
  readonly chains: readonly Chain[];
  /** Not every way was followed. */
  readonly isCut: boolean;
}

/** `requestOf`: the number of the served request that a function belongs to, 0 if it is not known. */
export function groupChains(
  all: readonly Suspended[],
  placeOf: (one: Suspended) => number,
  requestOf: (one: Suspended) => number,
  isWhole: boolean,
): Chains {
  return new Grouping(placeOf, requestOf, isWhole).group(all);
}

class Grouping {
  readonly #placeOf: (one: Suspended) => number;
  readonly #requestOf: (one: Suspended) => number;
  readonly #isWhole: boolean;
  readonly #tree = new ChainTree();
  readonly #reached = new Set<Suspended>();
  readonly #waitedFor = new Set<Suspended>();
  /** For which more than one waits. */
  readonly #shared = new Set<Target>();
  /** By place of those that wait. */
  readonly #known = new Map<Target, Map<number, readonly Way[]>>();
  #followed = 0;
  #isCut = false;

  constructor(placeOf: (one: Suspended) => number, requestOf: (one: Suspended) => number, isWhole: boolean) {
    this.#placeOf = placeOf;
    this.#requestOf = requestOf;
    this.#isWhole = isWhole;
  }

  group(all: readonly Suspended[]): Chains {
    const targets = new Set<Target>();
    for (const one of all) {
      const target = targetOf(one);
      if (targets.has(target)) this.#shared.add(target);
      else for (const next of one.on) this.#waitedFor.add(next);
      targets.add(target);
    }
    for (const one of all) if (!this.#waitedFor.has(one)) this.#tell(one);
    // Those that are left wait for each other in a circle.
    for (const one of all) this.#tell(one);
    const chains = this.#tree.groups.map(
      ({ count, steps, end, roots, requests }): Chain => ({ count, steps, end, roots, requests: [...requests] }),
    );
    return { chains: chains.sort((one, other) => other.count - one.count), isCut: this.#isCut };
  }

  #tell(one: Suspended): void {
    if (this.#reached.has(one)) return;
    const target = targetOf(one);
    const place = this.#placeOf(one);
    const isAlike = one.on.length > 0 && !one.ready && !this.#waitedFor.has(one);
    const ways = isAlike ? this.#known.get(target)?.get(place) : undefined;
    if (ways) {
      this.#reached.add(one);
      for (const way of ways) this.#count(way, one);
    } else if (this.#followed >= MAX_ALL_WAYS) this.#isCut = true;
    else if (!this.#shared.has(target)) this.#follow(one);
    else {
      const found: Way[] = [];
      this.#follow(one, found);
      this.#known.set(target, (this.#known.get(target) ?? new Map<number, readonly Way[]>()).set(place, found));
    }
  }

  /** Counts each way of a first function, and adds it to `ways`, if others may share them. */
  #follow(first: Suspended, ways?: Way[]): void {
    const open: OpenWay[] = [{ node: this.#tree.begin(this.#placeOf(first)), path: [first] }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { path } = next;
      let { node } = next;
      let last = path[path.length - 1] as Suspended;
      this.#reached.add(last);
      let end = describeEnd(last, path, this.#isWhole);
      // Most wait for one other: then no path is copied.
      while (end === undefined && last.on.length === 1) {
        const { join } = last;
        last = last.on[0] as Suspended;
        node = node.follow(this.#placeOf(last), join);
        path.push(last);
        this.#reached.add(last);
        end = describeEnd(last, path, this.#isWhole);
      }
      if (end === undefined) this.#branch(node, path, open);
      else {
        this.#followed += 1;
        const group = this.#tree.groupAt(node, end);
        if (group.first === first) continue;
        group.first = first;
        const way: Way = { group, path };
        ways?.push(way);
        this.#count(way, first);
      }
    }
  }

  #branch(node: ChainNode, path: readonly Suspended[], open: OpenWay[]): void {
    const { on, join } = path[path.length - 1] as Suspended;
    const room = Math.max(0, MAX_WAYS - open.length);
    if (on.length > room) this.#isCut = true;
    for (const one of on.slice(0, room).reverse())
      open.push({ node: node.follow(this.#placeOf(one), join), path: [...path, one] });
  }

  #count(way: Way, first: Suspended): void {
    const { group, path } = way;
    const { roots, requests } = group;
    const last = path[path.length - 1] as Suspended;
    group.count += 1;
    if (roots.length < MAX_ROOTS) roots.push(...last.roots.slice(0, MAX_ROOTS - roots.length));
    if (requests.size >= MAX_REQUESTS) return;
    let request = this.#requestOf(first);
    if (request === 0) {
      way.inner ??= findRequest(path, this.#requestOf);
      request = way.inner;
    }
    if (request !== 0) requests.add(request);
  }
}

/** A function that is waited for, or the list of several, which those that wait for one promise share. */
type Target = Suspended | Suspended['on'];

function targetOf({ on, join }: Suspended): Target {
  const [only] = on;
  return only && on.length === 1 && !join ? only : on;
}

interface OpenWay {
  readonly node: ChainNode;
  readonly path: Suspended[];
}

/** From a first function to an end: others at its place that wait for the same promise have it, too. */
interface Way {
  readonly group: Group;
  readonly path: readonly Suspended[];
  /** The request that the functions behind the first belong to, when that was looked for. */
  inner?: number;
}

/**
 * Of the outermost function behind the first whose request is known: the function that it waits for may have been begun by
 * another one.
 */
function findRequest(path: readonly Suspended[], requestOf: (one: Suspended) => number): number {
  for (let at = 1; at < path.length; at += 1) {
    const request = requestOf(path[at] as Suspended);
    if (request !== 0) return request;
  }
  return 0;
}

function describeEnd(last: Suspended, path: readonly Suspended[], isWhole: boolean): ChainEnd | undefined {
  if (path.indexOf(last) < path.length - 1) return 'circle';
  if (last.ready) return 'ready';
  if (last.on.length === 0) return isWhole ? 'promise' : 'unknown';
  return path.length >= MAX_STEPS ? 'deep' : undefined;
}
