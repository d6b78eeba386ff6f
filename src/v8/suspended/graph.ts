import { isPointer, readElement, readField, readLength, readSmi, typeOfMap } from '../heap.js';
import type { Reading } from '../reading.js';
import { CAPABILITY_SLOT, type Join, SLOT, type SuspendedLayout, VALUES_SLOT } from './layout.js';
import { type Found, SUSPENDED_WORDS } from './scan.js';

/** A suspended function or generator, and what it waits for. */
export interface Suspended {
  readonly address: number;
  readonly map: number;
  /** JSFunction. */
  readonly function: number;
  /** As it is in the object: an offset in the bytecode. */
  readonly position: number;
  readonly continuation: number;
  /** The promise that it is suspended on is pending. */
  waits: boolean;
  /** That promise is settled: it goes on when the thread comes to it. */
  ready: boolean;
  /** Those that it waits for; none if the promise is not a function's. */
  on: readonly Suspended[];
  /** By way of which. */
  join?: JoinState;
}

export interface JoinState {
  readonly kind: Join | 'Promise.race';
  readonly settled?: number;
  readonly of?: number;
}

interface Feeder {
  readonly promise: number;
  readonly join?: JoinState;
}

const MAX_REACTIONS = 100_000;
/** Promises that one function waits for, and others between them. */
const MAX_FEEDERS = 2000;
const MAX_REQUESTS = 10_000;

/** Follows promises, reactions, and the contexts of V8's own closures. Generators that wait for nothing are left out. */
export function linkSuspended(reading: Reading, layout: SuspendedLayout, found: Iterable<Found>): readonly Suspended[] {
  const { promises } = reading.layout;
  const typeOf = rememberTypes(reading);
  const isFunction = (word: number): boolean => {
    const type = typeOf(word);
    return type >= reading.layout.types.firstFunction && type <= reading.layout.types.lastFunction;
  };
  const all = new Map<number, Suspended>();
  const owners = new Map<number, Suspended>();
  const pending = new Map<number, number>();
  const jobs: number[] = [];
  for (const page of found) {
    for (let at = 0; at < page.suspended.length; at += SUSPENDED_WORDS) {
      const [address, map, func, position, continuation, outcome] = page.suspended.slice(at, at + SUSPENDED_WORDS) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const one: Suspended = {
        address,
        map,
        function: func,
        position,
        continuation,
        waits: false,
        ready: false,
        on: [],
      };
      all.set(address, one);
      for (const promise of listOutcomes(reading, layout, typeOf, outcome)) owners.set(promise, one);
    }
    for (let at = 0; at < page.promises.length; at += 2)
      pending.set(page.promises[at] ?? 0, page.promises[at + 1] ?? 0);
    jobs.push(...page.jobs);
  }
  const feeders = new Map<number, Feeder[]>();
  const feed = (target: number, feeder: Feeder) => {
    if (target === feeder.promise) return;
    const list = feeders.get(target);
    if (list) list.push(feeder);
    else feeders.set(target, [feeder]);
  };
  const awaited = new Map<Suspended, number>();
  const builtins = new Map<number, number>();
  const builtinOf = (closure: number): number => {
    const shared = readField(reading, closure, reading.layout.functions.shared);
    let id = builtins.get(shared);
    if (id === undefined) {
      id =
        typeOf(shared) === reading.layout.types.sharedFunctionInfo
          ? readSmi(reading, shared, layout.builtin)
          : Number.NaN;
      builtins.set(shared, id);
    }
    return id;
  };
  const toPromise = (word: number): number => {
    const type = typeOf(word);
    if (type === promises.promise) return word;
    return type === promises.capability ? readField(reading, word, promises.capabilityPromise) : 0;
  };
  const joinOf = (closure: number): Join | undefined =>
    isFunction(closure) ? layout.joins.get(builtinOf(closure)) : undefined;
  /** What a closure of V8's own does when `promise` is settled. A closure of the program's says nothing of that. */
  const follow = (closure: number, promise: number): void => {
    if (!isFunction(closure) || !(builtinOf(closure) > 0)) return;
    const context = readField(reading, closure, promises.functionContext);
    const slot = readElement(reading, context, SLOT);
    const one = all.get(slot);
    if (one) {
      awaited.set(one, promise);
      return;
    }
    const kind = joinOf(closure);
    const capability = toPromise(readElement(reading, context, CAPABILITY_SLOT));
    const settled = kind ? capability : toPromise(slot) || capability;
    const isResolve = builtinOf(closure) === layout.resolve;
    if (kind) feed(settled, { promise, join: readJoin(reading, kind, context) });
    else if (settled !== 0) feed(settled, isResolve ? { promise, join: { kind: 'Promise.race' } } : { promise });
  };
  for (const [promise, first] of pending) {
    if (reading.memory.isSpent()) break;
    let reaction = first;
    for (let count = 0; count < MAX_REACTIONS && typeOf(reaction) === promises.reaction; count += 1) {
      const target = toPromise(readField(reading, reaction, layout.target));
      if (target !== 0) feed(target, { promise });
      const [fulfill, reject] = [layout.fulfill, layout.reject].map((at) => readField(reading, reaction, at)) as [
        number,
        number,
      ];
      follow(joinOf(reject) === 'Promise.any' || !isFunction(fulfill) ? reject : fulfill, promise);
      reaction = readField(reading, reaction, layout.next);
    }
  }
  for (const job of jobs)
    for (const one of findJobTargets(reading, isFunction, all, job)) if (!awaited.has(one)) one.ready = true;
  for (const [one, promise] of awaited) {
    one.waits = true;
    Object.assign(one, findAwaited(promise, owners, feeders));
  }
  return [...all.values()];
}

type TypeOf = (word: number) => number;

/** As `typeOf`, with each Map looked at once. */
function rememberTypes(reading: Reading): TypeOf {
  const types = new Map<number, number>();
  return (word) => {
    const map = isPointer(word) ? readField(reading, word, 0) : 0;
    let type = types.get(map);
    if (type === undefined) {
      type = typeOfMap(reading, map);
      types.set(map, type);
    }
    return type;
  };
}

/** The promise of a function; of a generator those of the calls of `next` that it has not answered. */
function* listOutcomes(reading: Reading, layout: SuspendedLayout, typeOf: TypeOf, outcome: number): Generator<number> {
  const { promises } = reading.layout;
  const type = typeOf(outcome);
  if (type === promises.promise) yield outcome;
  let request = outcome;
  for (let count = 0; count < MAX_REQUESTS && typeOf(request) === promises.request; count += 1) {
    yield readField(reading, request, layout.requestPromise);
    request = readField(reading, request, promises.requestNext);
  }
}

function readJoin(reading: Reading, kind: Join, context: number): JoinState {
  const left = readSmi(reading, context, reading.layout.arrays.elements + SLOT * 8);
  const of = readLength(reading, readElement(reading, context, VALUES_SLOT));
  // `any` keeps its errors in an array that grows with them.
  return kind !== 'Promise.any' && left >= 0 && of >= left ? { kind, settled: of - left, of } : { kind };
}

/** A job holds the closure that it calls. */
function findJobTargets(
  reading: Reading,
  isFunction: (word: number) => boolean,
  all: ReadonlyMap<number, Suspended>,
  job: number,
): readonly Suspended[] {
  const closures = [8, 16, 24, 32, 40, 48].map((offset) => readField(reading, job, offset));
  return closures.flatMap((closure) => {
    if (!isFunction(closure)) return [];
    const one = all.get(
      readElement(reading, readField(reading, closure, reading.layout.promises.functionContext), SLOT),
    );
    return one ? [one] : [];
  });
}

/** The functions that settle a promise, through the promises that settle it in turn. */
function findAwaited(
  promise: number,
  owners: ReadonlyMap<number, Suspended>,
  feeders: ReadonlyMap<number, readonly Feeder[]>,
): Pick<Suspended, 'on' | 'join'> {
  const on = new Set<Suspended>();
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
    const list = feeders.get(next) ?? [];
    const [first] = list.flatMap((feeder) => feeder.join ?? []);
    // One promise that another one is resolved with is no race.
    if (first && (first.kind !== 'Promise.race' || list.length > 1)) join ??= first;
    open.push(...list.map((feeder) => feeder.promise));
  }
  return { on: [...on], ...(join ? { join } : {}) };
}
