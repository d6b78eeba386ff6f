import { readElement, readLength, readSmi } from '../heap.js';
import type { Reading } from '../reading.js';
import { Feeders } from './feeders.js';
import { CAPABILITY_SLOT, type Join, SLOT, type SuspendedLayout, VALUES_SLOT } from './layout.js';
import { Lookups } from './lookups.js';
import { findRun } from './runners.js';
import { type Found, SUSPENDED_WORDS } from './scan.js';
import type { JoinState, Suspended } from './suspended-function.js';

/** Reactions of one promise that are followed before the time is looked at. */
const REACTIONS_AT_ONCE = 1000;
const MAX_REQUESTS = 10_000;

/** Follows promises, reactions, and the contexts of V8's own closures. Generators that wait for nothing are left out. */
export function linkSuspended(reading: Reading, layout: SuspendedLayout, found: Iterable<Found>): readonly Suspended[] {
  const links = new Links(reading, layout);
  for (const page of found) links.add(page);
  return links.link();
}

/** Its loops are short methods: V8 compiles one that is called often sooner than a loop that runs long. */
class Links {
  readonly #reading: Reading;
  readonly #layout: SuspendedLayout;
  readonly #lookups: Lookups;
  readonly #all = new Map<number, Suspended>();
  /** By the promise that a function settles. */
  readonly #owners = new Map<number, Suspended>();
  /** Newest reactions, by their promise. */
  readonly #pending = new Map<number, number>();
  readonly #jobs: number[] = [];
  readonly #feeders = new Feeders();
  constructor(reading: Reading, layout: SuspendedLayout) {
    this.#reading = reading;
    this.#layout = layout;
    this.#lookups = new Lookups(reading, layout);
  }

  add({ suspended, promises, jobs }: Found): void {
    for (let at = 0; at < suspended.length; at += SUSPENDED_WORDS) this.#addSuspended(suspended, at);
    for (let at = 0; at < promises.length; at += 2) this.#pending.set(promises[at] ?? 0, promises[at + 1] ?? 0);
    for (const job of jobs) this.#jobs.push(job);
  }

  link(): readonly Suspended[] {
    // Without a pair of each entry: there may be 100,000.
    this.#pending.forEach((reaction, promise) => {
      this.#followReactions(promise, reaction);
    });
    for (const job of this.#jobs) for (const one of this.#findJobTargets(job)) if (!one.waits) one.ready = true;
    const all = [...this.#all.values()];
    for (const one of all) if (one.waits && !this.#reading.memory.isSpent()) this.#findAwaited(one);
    return all;
  }

  #addSuspended(words: readonly number[], at: number): void {
    const address = words[at] as number;
    const one = createSuspended({
      address,
      map: words[at + 1] as number,
      function: words[at + 2] as number,
      position: words[at + 3] as number,
      continuation: words[at + 4] as number,
    });
    this.#all.set(address, one);
    const outcome = words[at + 5] as number;
    if (this.#lookups.typeOf(outcome) === this.#reading.layout.promises.promise) this.#owners.set(outcome, one);
    else this.#addRequests(outcome, one);
  }

  /** The promises of the calls of `next` that a generator has not answered. */
  #addRequests(queue: number, generator: Suspended): void {
    const { promises } = this.#reading.layout;
    let request = queue;
    for (let count = 0; count < MAX_REQUESTS && this.#lookups.typeOf(request) === promises.request; count += 1) {
      this.#owners.set(this.#lookups.field(request, this.#layout.requestPromise), generator);
      request = this.#lookups.field(request, promises.requestNext);
    }
  }

  #followReactions(promise: number, first: number): void {
    const { target: targetAt, fulfill: fulfillAt, reject: rejectAt, next } = this.#layout;
    const type = this.#reading.layout.promises.reaction;
    let reaction = first;
    for (let count = 0; this.#lookups.typeOf(reaction) === type; count += 1) {
      // Some that are left out would look lost: the heap is not whole then.
      if (count % REACTIONS_AT_ONCE === 0 && this.#reading.memory.isSpent()) return;
      const target = this.#lookups.toPromise(this.#lookups.field(reaction, targetAt));
      if (target !== 0) this.#feeders.add(target, { promise });
      const fulfill = this.#lookups.field(reaction, fulfillAt);
      const reject = this.#lookups.field(reaction, rejectAt);
      const isByError = !this.#lookups.isFunction(fulfill) || this.#lookups.joinOf(reject) === 'Promise.any';
      const closure = isByError ? reject : fulfill;
      if (this.#lookups.builtinOf(closure) > 0) this.#follow(closure, promise, reaction);
      else if (this.#lookups.isFunction(fulfill) && this.#lookups.isFunction(reject))
        this.#followRunner([fulfill, reject], promise, reaction);
      reaction = this.#lookups.field(reaction, next);
    }
  }

  /** Follows a closure of V8's own to the promise that it settles when `promise` is settled. */
  #follow(closure: number, promise: number, reaction: number): void {
    const builtin = this.#lookups.builtinOf(closure);
    const context = this.#lookups.field(closure, this.#reading.layout.promises.functionContext);
    const slot = readElement(this.#reading, context, SLOT);
    const one = this.#all.get(slot);
    if (one) {
      setWaiting(one, promise, reaction);
      return;
    }
    const kind = this.#layout.joins.get(builtin);
    const capability = this.#lookups.toPromise(readElement(this.#reading, context, CAPABILITY_SLOT));
    const settled = kind ? capability : this.#lookups.toPromise(slot) || capability;
    if (kind) this.#feeders.add(settled, { promise, join: readJoin(this.#reading, kind, context) });
    else if (settled !== 0)
      this.#feeders.add(
        settled,
        builtin === this.#layout.resolve ? { promise, join: { kind: 'Promise.race' } } : { promise },
      );
  }

  /** Of the program's own functions, those that run a generator as an async function tell something. */
  #followRunner(closures: readonly [number, number], promise: number, reaction: number): void {
    const run = findRun(this.#reading, this.#layout, this.#lookups, closures);
    if (!run) return;
    const { promises } = this.#reading.layout;
    const one = createSuspended({
      address: run.generator,
      map: this.#lookups.field(run.generator, 0),
      function: this.#lookups.field(run.generator, promises.function),
      position: readSmi(this.#reading, run.generator, promises.position),
      continuation: readSmi(this.#reading, run.generator, promises.continuation),
    });
    setWaiting(one, promise, reaction);
    this.#all.set(run.generator, one);
    this.#owners.set(run.promise, one);
  }

  /** A job holds the closure that it calls. */
  #findJobTargets(job: number): readonly Suspended[] {
    const closures = [8, 16, 24, 32, 40, 48].map((offset) => this.#lookups.field(job, offset));
    return closures.flatMap((closure) => {
      if (!this.#lookups.isFunction(closure)) return [];
      const context = this.#lookups.field(closure, this.#reading.layout.promises.functionContext);
      const one = this.#all.get(readElement(this.#reading, context, SLOT));
      return one ? [one] : [];
    });
  }

  /** The functions that settle a promise, through the promises that settle it in turn. */
  #findAwaited(waiter: Suspended): void {
    const promise = waiter.awaited;
    const direct = this.#owners.get(promise);
    if (direct) waiter.on = [direct];
    else if (this.#feeders.has(promise)) Object.assign(waiter, this.#feeders.find(promise, this.#owners));
    else waiter.roots = [promise];
  }
}

/** One that waits for nothing that is known yet. */
function createSuspended(
  one: Pick<Suspended, 'address' | 'map' | 'function' | 'position' | 'continuation'>,
): Suspended {
  const { address, map, function: called, position, continuation } = one;
  // Written out: with a spread, 100,000 of them are linked in a minute instead of a second.
  return {
    address,
    map,
    function: called,
    position,
    continuation,
    waits: false,
    ready: false,
    on: [],
    roots: [],
    awaited: Number.NaN,
    reaction: Number.NaN,
  };
}

function setWaiting(one: Suspended, promise: number, reaction: number): void {
  one.waits = true;
  one.awaited = promise;
  one.reaction = reaction;
}

function readJoin(reading: Reading, kind: Join, context: number): JoinState {
  const left = readSmi(reading, context, reading.layout.arrays.elements + SLOT * 8);
  const of = readLength(reading, readElement(reading, context, VALUES_SLOT));
  // `any` keeps its errors in an array that grows with them.
  return kind !== 'Promise.any' && left >= 0 && of >= left ? { kind, settled: of - left, of } : { kind };
}
