import type { Chain, ChainEnd } from './chain.js';
import { type ChainNode, ChainTree, type Group } from './chain-tree.js';
import type { SuspendedFunctions } from './suspended-functions.js';

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

/** `all`: numbers of functions. `requestOf`: the number of the served request that one belongs to, 0 if it is not known. */
export function groupChains(
  functions: SuspendedFunctions,
  all: readonly number[],
  placeOf: (one: number) => number,
  requestOf: (one: number) => number,
  isWhole: boolean,
): Chains {
  return new Grouping(functions, placeOf, requestOf, isWhole).group(all);
}

class Grouping {
  readonly #functions: SuspendedFunctions;
  readonly #placeOf: (one: number) => number;
  readonly #requestOf: (one: number) => number;
  readonly #isWhole: boolean;
  readonly #tree = new ChainTree();
  /** By function: 1 if it is told in a chain. */
  readonly #reached: Uint8Array;
  /** By function: 1 if another one waits for it. */
  readonly #waitedFor: Uint8Array;
  /** By target: how many functions have it; 2 for more. */
  readonly #waiters: Uint8Array;
  /** Of targets that several have, by place of those that wait. */
  readonly #known = new Map<number, Map<number, readonly Way[]>>();
  #followed = 0;
  #isCut = false;

  constructor(
    functions: SuspendedFunctions,
    placeOf: (one: number) => number,
    requestOf: (one: number) => number,
    isWhole: boolean,
  ) {
    this.#functions = functions;
    this.#placeOf = placeOf;
    this.#requestOf = requestOf;
    this.#isWhole = isWhole;
    this.#reached = new Uint8Array(functions.count);
    this.#waitedFor = new Uint8Array(functions.count);
    this.#waiters = new Uint8Array(functions.targets);
  }

  group(all: readonly number[]): Chains {
    for (const one of all) {
      const target = this.#functions.targetOf(one);
      if (target < 0) continue;
      if (this.#waiters[target] === 0) for (const next of this.#functions.awaitedOf(one).on) this.#waitedFor[next] = 1;
      this.#waiters[target] = this.#waiters[target] === 0 ? 1 : 2;
    }
    for (const one of all) if (this.#waitedFor[one] === 0) this.#tell(one);
    // Those that are left wait for each other in a circle.
    for (const one of all) this.#tell(one);
    const chains = this.#tree.groups.map(
      ({ count, steps, end, roots, requests }): Chain => ({ count, steps, end, roots, requests: [...requests] }),
    );
    return { chains: chains.sort((one, other) => other.count - one.count), isCut: this.#isCut };
  }

  #tell(one: number): void {
    if (this.#reached[one] === 1) return;
    const target = this.#functions.targetOf(one);
    const place = this.#placeOf(one);
    const isAlike = target >= 0 && !this.#functions.isReady(one) && this.#waitedFor[one] === 0;
    const ways = isAlike ? this.#known.get(target)?.get(place) : undefined;
    if (ways) {
      this.#reached[one] = 1;
      for (const way of ways) this.#count(way, one);
    } else if (this.#followed >= MAX_ALL_WAYS) this.#isCut = true;
    else if (target < 0 || this.#waiters[target] === 1) this.#follow(one);
    else {
      const found: Way[] = [];
      this.#follow(one, found);
      this.#known.set(target, (this.#known.get(target) ?? new Map<number, readonly Way[]>()).set(place, found));
    }
  }

  /** Counts each way of a first function, and adds it to `ways`, if others may share them. */
  #follow(first: number, ways?: Way[]): void {
    const open: OpenWay[] = [{ node: this.#tree.begin(this.#placeOf(first)), path: [first] }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { path } = next;
      let { node } = next;
      let last = path[path.length - 1] as number;
      this.#reached[last] = 1;
      let end = this.#describeEnd(last, path);
      // Most wait for one other: then no path is copied.
      for (
        let only = this.#functions.onlyOf(last);
        end === undefined && only >= 0;
        only = this.#functions.onlyOf(last)
      ) {
        node = node.follow(this.#placeOf(only), this.#functions.joinOf(last));
        last = only;
        path.push(last);
        this.#reached[last] = 1;
        end = this.#describeEnd(last, path);
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

  #branch(node: ChainNode, path: readonly number[], open: OpenWay[]): void {
    const { on, join } = this.#functions.awaitedOf(path[path.length - 1] as number);
    const room = Math.max(0, MAX_WAYS - open.length);
    if (on.length > room) this.#isCut = true;
    for (const one of on.slice(0, room).reverse())
      open.push({ node: node.follow(this.#placeOf(one), join), path: [...path, one] });
  }

  #count(way: Way, first: number): void {
    const { group, path } = way;
    const { roots, requests } = group;
    group.count += 1;
    if (roots.length < MAX_ROOTS) {
      const last = this.#functions.awaitedOf(path[path.length - 1] as number);
      roots.push(...last.roots.slice(0, MAX_ROOTS - roots.length));
    }
    if (requests.size >= MAX_REQUESTS) return;
    let request = this.#requestOf(first);
    if (request === 0) {
      way.inner ??= findRequest(path, this.#requestOf);
      request = way.inner;
    }
    if (request !== 0) requests.add(request);
  }

  #describeEnd(last: number, path: readonly number[]): ChainEnd | undefined {
    if (path.indexOf(last) < path.length - 1) return 'circle';
    if (this.#functions.isReady(last)) return 'ready';
    if (this.#functions.waitsForNone(last)) return this.#isWhole ? 'promise' : 'unknown';
    return path.length >= MAX_STEPS ? 'deep' : undefined;
  }
}

interface OpenWay {
  readonly node: ChainNode;
  readonly path: number[];
}

/** From a first function to an end: others at its place that wait for the same promise have it, too. */
interface Way {
  readonly group: Group;
  readonly path: readonly number[];
  /** The request that the functions behind the first belong to, when that was looked for. */
  inner?: number;
}

/**
 * Of the outermost function behind the first whose request is known: the function that it waits for may have been begun by
 * another one.
 */
function findRequest(path: readonly number[], requestOf: (one: number) => number): number {
  for (let at = 1; at < path.length; at += 1) {
    const request = requestOf(path[at] as number);
    if (request !== 0) return request;
  }
  return 0;
}
