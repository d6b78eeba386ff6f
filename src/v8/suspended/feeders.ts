import type { JoinState, Suspended } from './suspended-function.js';

/** The functions that a promise waits for, the join by way of which it does, and promises that no suspended function settles. */
export type Awaited = Pick<Suspended, 'on' | 'join' | 'roots'>;

interface Feeder {
  readonly promise: number;
  readonly join?: JoinState;
}

/** Promises that one function waits for, and others between them. */
const MAX_FEEDERS = 2000;

/** The promises that settle other ones. */
export class Feeders {
  readonly #lists = new Map<number, Feeder[]>();
  /** Many functions may wait for one promise. */
  readonly #known = new Map<number, Awaited>();

  add(target: number, feeder: Feeder): void {
    if (target === feeder.promise) return;
    const list = this.#lists.get(target);
    if (list) list.push(feeder);
    else this.#lists.set(target, [feeder]);
  }

  /** Whether others settle a promise. */
  has(promise: number): boolean {
    return this.#lists.has(promise);
  }

  /** @param owners functions, by the promise that each settles */
  find(promise: number, owners: ReadonlyMap<number, Suspended>): Awaited {
    const known = this.#known.get(promise) ?? this.#search(promise, owners);
    this.#known.set(promise, known);
    return known;
  }

  #search(promise: number, owners: ReadonlyMap<number, Suspended>): Awaited {
    const on = new Set<Suspended>();
    const roots: number[] = [];
    const seen = new Set<number>();
    const open = [promise];
    let join: JoinState | undefined;
    for (let next = open.pop(); next !== undefined && seen.size < MAX_FEEDERS; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const owner = owners.get(next);
      if (owner) {
        on.add(owner);
        continue;
      }
      const list = (this.#lists.get(next) ?? []).slice(0, MAX_FEEDERS);
      if (list.length === 0) roots.push(next);
      const [first] = list.flatMap((feeder) => feeder.join ?? []);
      // One promise that another one is resolved with is no race.
      if (first && (first.kind !== 'Promise.race' || list.length > 1)) join ??= first;
      open.push(...list.map((feeder) => feeder.promise));
    }
    return { on: [...on], roots, ...(join ? { join } : {}) };
  }
}
