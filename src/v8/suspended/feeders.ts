import { AddressIndex } from './address-index.js';
import type { Awaited, JoinState } from './suspended-functions.js';

/** Promises that one function waits for, and others between them. */
const MAX_FEEDERS = 2000;

/** The promises that settle other ones: of each promise a list, in columns, in the order in which they were added. */
export class Feeders {
  /** By the promise that is settled. */
  readonly #first = new AddressIndex();
  /** By the first of a list. */
  readonly #last: number[] = [];
  readonly #promises: number[] = [];
  readonly #next: number[] = [];
  /** Of those that settle it by way of a join. */
  readonly #joins = new Map<number, JoinState>();

  /** @param promise settles `target` when it is settled itself */
  add(target: number, promise: number, join?: JoinState): void {
    if (target === promise) return;
    const number = this.#promises.push(promise) - 1;
    this.#next.push(-1);
    this.#last.push(number);
    if (join) this.#joins.set(number, join);
    const first = this.#first.get(target);
    if (first < 0) this.#first.set(target, number);
    else {
      this.#next[this.#last[first] as number] = number;
      this.#last[first] = number;
    }
  }

  /** Whether others settle a promise. */
  has(promise: number): boolean {
    return this.#first.get(promise) >= 0;
  }

  /** @param owners the numbers of functions, by the promise that each settles */
  find(promise: number, owners: AddressIndex): Awaited {
    const on = new Set<number>();
    const roots: number[] = [];
    const seen = new Set<number>();
    const open = [promise];
    let join: JoinState | undefined;
    for (let next = open.pop(); next !== undefined && seen.size < MAX_FEEDERS; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const owner = owners.get(next);
      if (owner >= 0) {
        on.add(owner);
        continue;
      }
      const list = this.#list(next);
      if (list.length === 0) roots.push(next);
      const first = list.map((feeder) => this.#joins.get(feeder)).find((one) => one !== undefined);
      // One promise that another one is resolved with is no race.
      if (first && (first.kind !== 'Promise.race' || list.length > 1)) join ??= first;
      for (const feeder of list) open.push(this.#promises[feeder] as number);
    }
    return { on: [...on], roots, ...(join ? { join } : {}) };
  }

  #list(target: number): readonly number[] {
    const list: number[] = [];
    for (let at = this.#first.get(target); at >= 0 && list.length < MAX_FEEDERS; at = this.#next[at] as number)
      list.push(at);
    return list;
  }
}
