import { runInThisContext } from 'node:vm';
import { findBytecodePosition } from '../bytecode.js';
import { readFunction, readSharedFunction } from '../functions.js';
import { isContext, isFunction, readElement, readField, readLength, readSmi, typeOf } from '../heap.js';
import type { Reading } from '../reading.js';
import { findFreeLayout } from './free-space.js';
import { CAPABILITY_SLOT, type Join, SLOT, type SuspendedLayout, VALUES_SLOT } from './layout.js';
import { type OwnThread, withAddresses } from './own-objects.js';
import { findPageLayout, listPages, PAGE_BYTES } from './pages.js';
import { createPageScanner, type PageScanner, SUSPENDED_WORDS } from './scan.js';

/** Our own collections may move what is looked at. */
const TRIES = 6;
const FILENAME = 'guru-meditation-suspended.js';
/** The second function is at its second `await`, which is the first that it reaches. */
const SOURCE = `(function (never) {
  async function gmrFirst(p) {
    return await p; }
  async function gmrSecond(p) { const list = [p, 2].map(x => x);
    if (list.length === 1) await 1;
    else { list.push(3); await p; } }
  async function* gmrMany(p) { yield await p; }
  const many = gmrMany(never), idle = gmrMany(never);
  const asked = many.next(), askedAgain = many.next();
  return { first: gmrFirst, second: gmrSecond, many, idle, asked, askedAgain, done: gmrFirst(never), doneSecond: gmrSecond(never),
    all: Promise.all([never, 1, 2]), settled: Promise.allSettled([never, 1, 2]), any: Promise.any([never, 3]),
    race: Promise.race([never, 1]), then: never.then(function gmrThen() {}) };
})`;
const AWAITS = ['await p; }\n  async function gmrSecond', 'await p; } }'].map((text) => SOURCE.indexOf(text));

/** The reason if something is not as it should be. */
export function learnSuspended(reading: Reading, own: OwnThread): SuspendedLayout | string {
  const { promises } = reading.layout;
  if (Object.values(promises).some((value) => value < 0)) return 'the binary does not tell the types of promises';
  let reason = '';
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = learn(reading, own);
    if (typeof found !== 'string') return found;
    reason ||= found;
  }
  return `promises are not as expected: ${reason}`;
}

function learn(reading: Reading, own: OwnThread): SuspendedLayout | string {
  const never = new Promise(() => {});
  const make = runInThisContext(SOURCE, { filename: FILENAME }) as (never: Promise<unknown>) => {
    readonly [name: string]: unknown;
  };
  const objects = { never, ...make(never) };
  const names = Object.keys(objects);
  return withAddresses(reading, own, Object.values(objects), (addresses) => {
    let found: readonly number[] = [];
    const at = (name: string) => found[names.indexOf(name)] ?? Number.NaN;
    const renew = () => {
      reading.memory.refresh();
      found = addresses();
    };
    renew();
    const layout = learnFrom(reading, own, at);
    if (typeof layout === 'string') return layout;
    const scanner = createPageScanner(reading, layout, own.isolate);
    // All this has needed memory: a collection may have moved them.
    renew();
    return isScanned(reading, layout, scanner, at('never')) ? layout : 'what is suspended is not found on its page';
  });
}

interface Reaction {
  readonly pointer: number;
  readonly handlers: readonly [offset: number, pointer: number][];
}

function learnFrom(reading: Reading, own: OwnThread, at: (name: string) => number): SuspendedLayout | string {
  const { promises } = reading.layout;
  const wanted: readonly [string, number][] = [
    ...['never', 'done', 'asked', 'askedAgain', 'all', 'settled', 'any', 'race', 'then'].map(
      (name) => [name, promises.promise] as [string, number],
    ),
    ['many', promises.asyncGenerator],
    ['idle', promises.asyncGenerator],
  ];
  for (const [name, type] of wanted) if (typeOf(reading, at(name)) !== type) return `the object ${name} is not found`;
  const never = at('never');
  if ((readSmi(reading, never, promises.flags) & 3) !== 0) return 'a pending promise does not say so';
  const reactions = listReactions(reading, readField(reading, never, promises.reactions));
  if (typeof reactions === 'string') return reactions;
  const { next, reject, fulfill, target, list } = reactions;
  const firstShared = readField(reading, list.at(-1)?.handlers[0]?.[1] ?? 0, reading.layout.functions.shared);
  const builtin = [8, 16, 24].find((offset) => readSmi(reading, firstShared, offset) > 0);
  if (builtin === undefined) return 'the number of a builtin is not found';
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
  const wrong = checkSuspended(reading, at, awaiting);
  if (wrong !== '') return wrong;
  const queue = readField(reading, at('many'), promises.outcome);
  const requestPromise = [16, 24, 32, 40].find((offset) => readField(reading, queue, offset) === at('asked'));
  if (typeOf(reading, queue) !== promises.request || requestPromise === undefined)
    return 'the queue of a generator is not found';
  const behind = readField(reading, queue, promises.requestNext);
  if (readField(reading, behind, requestPromise) !== at('askedAgain')) return 'the queue of a generator does not go on';
  const noElements = readField(reading, never, promises.elements);
  if (
    readLength(reading, noElements) !== 0 ||
    awaiting.some((one) => readField(reading, one, promises.elements) !== noElements)
  )
    return 'the empty array is not found';
  const script = readFunction(reading, at('first'))?.script ?? 0;
  const pages = findPageLayout(reading.memory, own.isolate, pageOf(never), pageOf(script));
  if (!pages) return "the heap's pages are not found";
  const free = findFreeLayout(reading, own.isolate, listPages(reading.memory, pages, own.isolate));
  if (!free) return 'free memory cannot be told';
  return { next, reject, fulfill, target, builtin, requestPromise, joins, resolve, noElements, pages, free };
}

/** Whether a scan of their pages finds the promise, and those that wait for it. */
function isScanned(reading: Reading, layout: SuspendedLayout, scanner: PageScanner, never: number): boolean {
  const { promises } = reading.layout;
  const first = readField(reading, never, promises.reactions);
  const awaiting: number[] = [];
  for (let at = first; typeOf(reading, at) === promises.reaction; at = readField(reading, at, layout.next)) {
    const slot = readElement(reading, contextOf(reading, readField(reading, at, layout.fulfill)), SLOT);
    const type = typeOf(reading, slot);
    if (type === promises.asyncFunction || type === promises.asyncGenerator) awaiting.push(slot);
  }
  const expected = awaiting.map((one) => [
    one,
    readField(reading, one, 0),
    readField(reading, one, promises.function),
    readSmi(reading, one, promises.position),
    readSmi(reading, one, promises.continuation),
    readField(reading, one, promises.outcome),
  ]);
  const addresses = new Set([never, ...awaiting].map(pageOf));
  const found = [...addresses].flatMap((address) => scanner.scan({ address, bytes: PAGE_BYTES }, []) ?? []);
  const rows = found.flatMap(({ suspended }) =>
    Array.from({ length: suspended.length / SUSPENDED_WORDS }, (_, row) =>
      suspended.slice(row * SUSPENDED_WORDS, (row + 1) * SUSPENDED_WORDS),
    ),
  );
  const isThere = expected.every((one) => rows.some((row) => row.every((word, index) => word === one[index])));
  return (
    isThere && awaiting.length === 3 && found.some((page) => page.promises[page.promises.indexOf(never) + 1] === first)
  );
}

function pageOf(address: number): number {
  return address - (address % PAGE_BYTES);
}

function contextOf(reading: Reading, closure: number): number {
  return readField(reading, closure, reading.layout.promises.functionContext);
}

interface Reactions {
  readonly next: number;
  readonly reject: number;
  readonly fulfill: number;
  readonly target: number;
  readonly list: readonly Reaction[];
}

const FIELDS = [8, 16, 24, 32, 40];

/** Next, reject handler, fulfill handler, target: side by side, behind another field from V8 12 on (promise.tq). */
function listReactions(reading: Reading, first: number): Reactions | string {
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

/** The generator, and two functions: at the `await` where they are. */
function checkSuspended(reading: Reading, at: (name: string) => number, awaiting: readonly number[]): string {
  const { promises, code } = reading.layout;
  const functions = awaiting.filter((one) => typeOf(reading, one) === promises.asyncFunction);
  if (functions.length !== 2 || !awaiting.includes(at('many'))) return 'a suspended function is not found';
  for (const [index, [name, done]] of (
    [
      ['first', 'done'],
      ['second', 'doneSecond'],
    ] as const
  ).entries()) {
    const suspended = functions.find((one) => readField(reading, one, promises.function) === at(name));
    if (suspended === undefined) return 'a suspended function has another function';
    if (readField(reading, suspended, promises.outcome) !== at(done)) return 'a suspended function has another promise';
    if (readSmi(reading, suspended, promises.continuation) !== index) return 'a suspended function is at another await';
    const shared = readSharedFunction(reading, readField(reading, at(name), reading.layout.functions.shared));
    const offset = readSmi(reading, suspended, promises.position) - (code.bytecodeData - 1);
    const position = shared ? findBytecodePosition(reading, reading.encoding, shared.bytecode, offset) : -1;
    if (position !== AWAITS[index]) return `an await is at another place (${position}, not ${AWAITS[index]})`;
    if (Number.isNaN(readSmi(reading, suspended, promises.resumeMode))) return 'a suspended function has no mode';
  }
  const [many, idle] = [at('many'), at('idle')];
  if (readSmi(reading, many, promises.isAwaiting) !== 1 || readSmi(reading, idle, promises.isAwaiting) !== 0)
    return 'a generator does not tell whether it awaits';
  return isContext(reading, contextOf(reading, at('first'))) ? '' : 'a context is not found';
}
