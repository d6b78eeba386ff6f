import { isFunction, readElement, readField, readLength, readSmi, typeOf } from '../heap.js';
import type { Reading } from '../reading.js';
import { CAPABILITY_SLOT, type Join, SLOT, VALUES_SLOT } from './layout.js';

interface Reaction {
  readonly pointer: number;
  readonly handlers: readonly [offset: number, pointer: number][];
}

export interface Reactions {
  readonly next: number;
  readonly reject: number;
  readonly fulfill: number;
  readonly target: number;
  readonly list: readonly Reaction[];
}

const FIELDS = [8, 16, 24, 32, 40];

/** Next, reject handler, fulfill handler, target: side by side, behind another field from V8 12 on (promise.tq). */
export function listReactions(reading: Reading, first: number): Reactions | string {
  const { reaction } = reading.layout.promises;
  const list: Reaction[] = [];
  const next = FIELDS.find((offset) => typeOf(reading, readField(reading, first, offset)) === reaction);
  if (typeOf(reading, first) !== reaction || next === undefined) return 'a reaction is not found';
  for (
    let pointer = first;
    typeOf(reading, pointer) === reaction && list.length < 100;
    pointer = readField(reading, pointer, next)
  ) {
    const fields = FIELDS.map((offset): [number, number] => [offset, readField(reading, pointer, offset)]);
    list.push({ pointer, handlers: fields.filter(([, field]) => isFunction(reading, field)) });
  }
  const [reject, fulfill, target] = [next + 8, next + 16, next + 24];
  const isRight = list.every(
    ({ handlers }) =>
      handlers.some(([offset]) => offset === fulfill) &&
      handlers.every(([offset]) => offset === reject || offset === fulfill),
  );
  return isRight && list.length === 8
    ? { next, reject, fulfill, target, list }
    : `a promise has ${list.length} reactions, and not those that were made`;
}

export interface LearnedJoins {
  /** By the number of the builtin that takes a value of the join. */
  readonly joins: ReadonlyMap<number, Join>;
  /** The number of the builtin `resolve`. */
  readonly resolve: number;
  /** The suspended functions and generators that wait for the promise. */
  readonly awaiting: readonly number[];
}

/** The object that each reaction of the promise belongs to. */
export function learnJoins(
  reading: Reading,
  at: (name: string) => number,
  { list, fulfill, reject, target }: Reactions,
  builtin: number,
): LearnedJoins | string {
  const { promises } = reading.layout;
  const idOf = (closure: number) =>
    readSmi(reading, readField(reading, closure, reading.layout.functions.shared), builtin);
  const joins = new Map<number, Join>();
  const awaiting: number[] = [];
  let resolve = Number.NaN;
  for (const { pointer } of list) {
    const [fulfilled, rejected] = [fulfill, reject].map((offset) => readField(reading, pointer, offset)) as [
      number,
      number,
    ];
    const slot = readElement(reading, contextOf(reading, fulfilled), SLOT);
    const type = typeOf(reading, slot);
    const isBuiltin = idOf(fulfilled) > 0;
    if (isBuiltin && (type === promises.asyncFunction || type === promises.asyncGenerator)) awaiting.push(slot);
    const joined = (closure: number): string | undefined => {
      const capability = readElement(reading, contextOf(reading, closure), CAPABILITY_SLOT);
      if (typeOf(reading, capability) !== promises.capability) return undefined;
      const promise = readField(reading, capability, promises.capabilityPromise);
      return ['all', 'settled', 'any'].find((name) => at(name) === promise);
    };
    const byFulfilled = joined(fulfilled);
    const byRejected = joined(rejected);
    if (byFulfilled === 'all') joins.set(idOf(fulfilled), 'Promise.all');
    if (byFulfilled === 'settled') joins.set(idOf(fulfilled), 'Promise.allSettled');
    if (byRejected === 'any') joins.set(idOf(rejected), 'Promise.any');
    if (isBuiltin && slot === at('race')) resolve = idOf(fulfilled);
    const closure =
      byFulfilled === 'all' || byFulfilled === 'settled' ? fulfilled : byRejected === 'any' ? rejected : undefined;
    if (closure !== undefined) {
      const values = readElement(reading, contextOf(reading, closure), VALUES_SLOT);
      const left = readSmi(reading, contextOf(reading, closure), reading.layout.arrays.elements + SLOT * 8);
      const count = byRejected === 'any' ? 2 : 3;
      if (left !== count || !(readLength(reading, values) >= count || byRejected === 'any'))
        return 'a join does not tell how many it waits for';
    }
  }
  if (joins.size !== 3 || !(resolve > 0)) return 'a join is not found';
  if (list.every(({ pointer }) => readField(reading, pointer, target) !== at('then')))
    return 'a chained promise is not found';
  return { joins, resolve, awaiting };
}

export function contextOf(reading: Reading, closure: number): number {
  return readField(reading, closure, reading.layout.promises.functionContext);
}
