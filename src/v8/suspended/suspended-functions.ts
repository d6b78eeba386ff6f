import { AddressIndex } from './address-index.js';
import type { Join } from './layout.js';

/** The things that a promise waits for. */
export interface Awaited {
  /** The numbers of suspended functions that settle it; none if it is not a function's. */
  readonly on: readonly number[];
  /** By way of which. */
  readonly join?: JoinState;
  /** Promises that it waits for in the end, and no suspended function settles. */
  readonly roots: readonly number[];
}

export interface JoinState {
  readonly kind: Join | 'Promise.race';
  readonly settled?: number;
  readonly of?: number;
}

/** The fields of a suspended function that do not change while it waits. */
export interface SuspendedState {
  readonly map: number;
  /** JSFunction. */
  readonly function: number;
  /** As it is in the object: an offset in the bytecode. */
  readonly position: number;
  readonly continuation: number;
}

/** Targets: from 0 on the number of the only function that is waited for; from `LIST` down one of the lists. */
const NOTHING = -1;
const ROOT = -2;
const LIST = -3;
const NONE: readonly number[] = [];

const LEAST_ADDED = 64;
/** Columns of doubles: addresses, and words that are compared as they are. */
const DOUBLES = 5;
const [ADDRESS, MAP, FUNCTION, PROMISE, REACTION] = [0, 1, 2, 3, 4] as const;
/** Columns of integers. */
const INTEGERS = 4;
const [POSITION, CONTINUATION, TARGET, IS_READY] = [0, 1, 2, 3] as const;

/**
 * Suspended functions and generators, and the things that they wait for, by number. There may be 100,000: they are kept in
 * columns, which take a fifth of the memory of objects.
 */
export class SuspendedFunctions {
  readonly #numbers = new AddressIndex();
  #doubles: Float64Array;
  #integers: Int32Array;
  #count = 0;
  readonly #lists: Awaited[] = [];

  /** @param capacity how many are expected; more may come */
  constructor(capacity: number) {
    this.#doubles = new Float64Array(DOUBLES * capacity);
    this.#integers = new Int32Array(INTEGERS * capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** One that waits for nothing that is known yet; returns its number. */
  add(address: number, map: number, func: number, position: number, continuation: number): number {
    const number = this.#count;
    if (number * DOUBLES === this.#doubles.length) this.#grow();
    this.#count += 1;
    this.#numbers.set(address, number);
    const double = number * DOUBLES;
    this.#doubles[double + ADDRESS] = address;
    this.#doubles[double + MAP] = map;
    this.#doubles[double + FUNCTION] = func;
    this.#doubles[double + PROMISE] = Number.NaN;
    this.#doubles[double + REACTION] = Number.NaN;
    const integer = number * INTEGERS;
    this.#integers[integer + POSITION] = position;
    this.#integers[integer + CONTINUATION] = continuation;
    this.#integers[integer + TARGET] = NOTHING;
    return number;
  }

  /** The number of the function at an address; -1 if there is none. */
  find(address: number): number {
    return this.#numbers.get(address);
  }

  addressOf(one: number): number {
    return this.#doubleOf(one, ADDRESS);
  }

  stateOf(one: number): SuspendedState {
    return {
      map: this.#doubleOf(one, MAP),
      function: this.#doubleOf(one, FUNCTION),
      position: this.#integerOf(one, POSITION),
      continuation: this.#integerOf(one, CONTINUATION),
    };
  }

  /** It is suspended on a promise that is pending, and waits by a reaction. */
  setWaiting(one: number, promise: number, reaction: number): void {
    this.#doubles[one * DOUBLES + PROMISE] = promise;
    this.#doubles[one * DOUBLES + REACTION] = reaction;
  }

  isWaiting(one: number): boolean {
    return !Number.isNaN(this.promiseOf(one));
  }

  /** The promise that it is suspended on; NaN if that is not known. */
  promiseOf(one: number): number {
    return this.#doubleOf(one, PROMISE);
  }

  /** The newest reaction by which it waits; NaN if it waits for none. */
  reactionOf(one: number): number {
    return this.#doubleOf(one, REACTION);
  }

  /** Its promise is settled: it goes on when the thread comes to it. */
  setReady(one: number): void {
    this.#integers[one * INTEGERS + IS_READY] = 1;
  }

  isReady(one: number): boolean {
    return this.#integerOf(one, IS_READY) === 1;
  }

  /** It waits for another function. */
  setOn(one: number, other: number): void {
    this.#setTarget(one, other);
  }

  /** No suspended function settles its promise. */
  setRoot(one: number): void {
    this.#setTarget(one, ROOT);
  }

  /** For those that wait for one promise; returns its number. */
  addList(awaited: Awaited): number {
    return this.#lists.push(awaited) - 1;
  }

  setList(one: number, list: number): void {
    this.#setTarget(one, LIST - list);
  }

  /** Of several functions those that wait for the same have the same target, a number below `targets`; -1 if it waits for none. */
  targetOf(one: number): number {
    const only = this.onlyOf(one);
    if (only >= 0 && !this.joinOf(one)) return only;
    const list = LIST - this.#integerOf(one, TARGET);
    return list >= 0 && !this.waitsForNone(one) ? this.count + list : -1;
  }

  get targets(): number {
    return this.count + this.#lists.length;
  }

  /** The only function that it waits for; -1 if it waits for none, or for several. */
  onlyOf(one: number): number {
    const target = this.#integerOf(one, TARGET);
    if (target >= 0) return target;
    const on = this.#listOf(one)?.on ?? NONE;
    return on.length === 1 ? (on[0] as number) : -1;
  }

  waitsForNone(one: number): boolean {
    return this.#integerOf(one, TARGET) < 0 && (this.#listOf(one)?.on ?? NONE).length === 0;
  }

  joinOf(one: number): JoinState | undefined {
    return this.#listOf(one)?.join;
  }

  awaitedOf(one: number): Awaited {
    const target = this.#integerOf(one, TARGET);
    if (target >= 0) return { on: [target], roots: NONE };
    return this.#listOf(one) ?? { on: NONE, roots: target === ROOT ? [this.promiseOf(one)] : NONE };
  }

  #listOf(one: number): Awaited | undefined {
    const target = this.#integerOf(one, TARGET);
    return target <= LIST ? this.#lists[LIST - target] : undefined;
  }

  #setTarget(one: number, target: number): void {
    this.#integers[one * INTEGERS + TARGET] = target;
  }

  #doubleOf(one: number, column: number): number {
    return this.#doubles[one * DOUBLES + column] as number;
  }

  #integerOf(one: number, column: number): number {
    return this.#integers[one * INTEGERS + column] as number;
  }

  #grow(): void {
    const doubles = this.#doubles;
    const integers = this.#integers;
    const capacity = Math.max(LEAST_ADDED, 2 * this.#count);
    this.#doubles = new Float64Array(DOUBLES * capacity);
    this.#doubles.set(doubles);
    this.#integers = new Int32Array(INTEGERS * capacity);
    this.#integers.set(integers);
  }
}
