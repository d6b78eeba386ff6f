import { readElement, readLength, readSmi } from '../heap.js';
import type { Reading } from '../reading.js';
import { AddressIndex } from './address-index.js';
import { Feeders } from './feeders.js';
import { CAPABILITY_SLOT, type Join, SLOT, type SuspendedLayout, VALUES_SLOT } from './layout.js';
import { Lookups } from './lookups.js';
import { findRun } from './runners.js';
import { type Found, SUSPENDED_WORDS } from './scan.js';
import { type JoinState, SuspendedFunctions } from './suspended-functions.js';

/** Reactions of one promise that are followed before the time is looked at. */
const REACTIONS_AT_ONCE = 1000;
const MAX_REQUESTS = 10_000;
/** Fields of a job that may have the closure. */
const JOB_FIELDS = [8, 16, 24, 32, 40, 48];
const RACE: JoinState = { kind: 'Promise.race' };

/** Follows promises, reactions, and the contexts of V8's own closures. Generators that wait for nothing are left out. */
export function linkSuspended(reading: Reading, layout: SuspendedLayout, found: readonly Found[]): SuspendedFunctions {
  const words = found.reduce((sum, { suspended }) => sum + suspended.length, 0);
  return new Links(reading, layout, words / SUSPENDED_WORDS).link(found);
}

/** Its loops are short methods: V8 compiles one that is called often sooner than a loop that runs long. */
class Links {
  readonly #reading: Reading;
  readonly #layout: SuspendedLayout;
  readonly #lookups: Lookups;
  readonly #all: SuspendedFunctions;
  /** Their numbers, by the promise that each settles. */
  readonly #owners = new AddressIndex();
  readonly #feeders = new Feeders();
  /** The numbers of lists, by the promise that waits for one: many functions may wait for that promise. */
  readonly #lists = new AddressIndex();

  constructor(reading: Reading, layout: SuspendedLayout, capacity: number) {
    this.#all = new SuspendedFunctions(capacity);
    this.#reading = reading;
    this.#layout = layout;
    this.#lookups = new Lookups(reading, layout);
  }

  link(found: readonly Found[]): SuspendedFunctions {
    for (const { suspended } of found)
      for (let at = 0; at < suspended.length; at += SUSPENDED_WORDS) this.#addSuspended(suspended, at);
    for (const { promises } of found)
      for (let at = 0; at < promises.length; at += 2)
        this.#followReactions(promises[at] as number, promises[at + 1] as number);
    for (const { jobs } of found) for (const job of jobs) this.#followJob(job);
    for (let one = 0; one < this.#all.count && !this.#reading.memory.isSpent(); one += 1) this.#findAwaited(one);
    return this.#all;
  }

  #addSuspended(words: readonly number[], at: number): void {
    const one = this.#all.add(
      words[at] as number,
      words[at + 1] as number,
      words[at + 2] as number,
      words[at + 3] as number,
      words[at + 4] as number,
    );
    const outcome = words[at + 5] as number;
    if (this.#lookups.typeOf(outcome) === this.#reading.layout.promises.promise) this.#owners.set(outcome, one);
    else this.#addRequests(outcome, one);
  }

  /** The promises of the calls of `next` that a generator has not answered. */
  #addRequests(queue: number, generator: number): void {
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
      if (target !== 0) this.#feeders.add(target, promise);
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
    const one = this.#all.find(slot);
    if (one >= 0) {
      this.#all.setWaiting(one, promise, reaction);
      return;
    }
    const kind = this.#layout.joins.get(builtin);
    const capability = this.#lookups.toPromise(readElement(this.#reading, context, CAPABILITY_SLOT));
    const settled = kind ? capability : this.#lookups.toPromise(slot) || capability;
    if (kind) this.#feeders.add(settled, promise, readJoin(this.#reading, kind, context));
    else if (settled !== 0) this.#feeders.add(settled, promise, builtin === this.#layout.resolve ? RACE : undefined);
  }

  /** Of the program's own functions, those that run a generator as an async function tell something. */
  #followRunner(closures: readonly [number, number], promise: number, reaction: number): void {
    const run = findRun(this.#reading, this.#layout, this.#lookups, closures);
    if (!run) return;
    const known = this.#all.find(run.generator);
    const one = known >= 0 ? known : this.#addRun(run.generator);
    this.#all.setWaiting(one, promise, reaction);
    this.#owners.set(run.promise, one);
  }

  #addRun(generator: number): number {
    const { promises } = this.#reading.layout;
    const map = this.#lookups.field(generator, 0);
    const called = this.#lookups.field(generator, promises.function);
    const position = readSmi(this.#reading, generator, promises.position);
    return this.#all.add(generator, map, called, position, readSmi(this.#reading, generator, promises.continuation));
  }

  /** A job holds the closure that it calls. */
  #followJob(job: number): void {
    for (const offset of JOB_FIELDS) {
      const closure = this.#lookups.field(job, offset);
      if (!this.#lookups.isFunction(closure)) continue;
      const context = this.#lookups.field(closure, this.#reading.layout.promises.functionContext);
      const one = this.#all.find(readElement(this.#reading, context, SLOT));
      if (one >= 0 && !this.#all.isWaiting(one)) this.#all.setReady(one);
    }
  }

  /** The functions that settle a promise, through the promises that settle it in turn. */
  #findAwaited(waiter: number): void {
    if (!this.#all.isWaiting(waiter)) return;
    const promise = this.#all.promiseOf(waiter);
    const direct = this.#owners.get(promise);
    if (direct >= 0) this.#all.setOn(waiter, direct);
    else if (!this.#feeders.has(promise)) this.#all.setRoot(waiter);
    else this.#all.setList(waiter, this.#listOf(promise));
  }

  #listOf(promise: number): number {
    const known = this.#lists.get(promise);
    if (known >= 0) return known;
    const list = this.#all.addList(this.#feeders.find(promise, this.#owners));
    this.#lists.set(promise, list);
    return list;
  }
}

function readJoin(reading: Reading, kind: Join, context: number): JoinState {
  const left = readSmi(reading, context, reading.layout.arrays.elements + SLOT * 8);
  const of = readLength(reading, readElement(reading, context, VALUES_SLOT));
  // `any` keeps its errors in an array that grows with them.
  return kind !== 'Promise.any' && left >= 0 && of >= left ? { kind, settled: of - left, of } : { kind };
}
