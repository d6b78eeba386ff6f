import { runInThisContext } from 'node:vm';
import { findBytecodePosition } from '../bytecode.js';
import { readFunction, readSharedFunction } from '../functions.js';
import { isContext, readField, readLength, readSmi, typeOf } from '../heap.js';
import type { Reading } from '../reading.js';
import { pageOf } from './candidates.js';
import { findFreeLayout } from './free-space.js';
import { findJobMaps } from './job-maps.js';
import type { SuspendedLayout } from './layout.js';
import { findPageLayout } from './learn-pages.js';
import { contextOf, learnJoins, listReactions } from './learn-reactions.js';
import { type OwnThread, withAddresses } from './own-objects.js';
import { isScanned } from './own-scan.js';
import { createPageScanner } from './scan.js';

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
  function* gmrPaused() { yield 1; }
  const paused = gmrPaused();
  paused.next();
  const many = gmrMany(never), idle = gmrMany(never);
  const asked = many.next(), askedAgain = many.next();
  return { first: gmrFirst, second: gmrSecond, paused, pauses: gmrPaused, many, idle, asked, askedAgain, done: gmrFirst(never), doneSecond: gmrSecond(never),
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
  // A promise may have properties: its elements are beside them.
  const never = Object.assign(new Promise(() => {}), { gmrNever: true });
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
    const layout = learnFrom(reading, own, at, renew);
    if (typeof layout === 'string') return layout;
    const scanner = createPageScanner(reading, layout, findJobMaps(reading, own.isolate));
    // All this has needed memory: a collection may have moved them.
    renew();
    return isScanned(reading, layout, scanner, at('never')) ? layout : 'what is suspended is not found on its page';
  });
}

function learnFrom(
  reading: Reading,
  own: OwnThread,
  at: (name: string) => number,
  renew: () => void,
): SuspendedLayout | string {
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
  const joined = learnJoins(reading, at, reactions, builtin);
  if (typeof joined === 'string') return joined;
  const { joins, resolve, awaiting } = joined;
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
  const paused = at('paused');
  const isPaused =
    readField(reading, paused, promises.function) === at('pauses') &&
    readSmi(reading, paused, promises.continuation) > 0;
  if (!isPaused) return 'a generator is not found';
  const generator = typeOf(reading, paused);
  const script = readFunction(reading, at('first'))?.script ?? 0;
  // All this may have made a collection move the young one.
  renew();
  const pages = findPageLayout(reading.memory, own.isolate, pageOf(at('never')), pageOf(script));
  if (!pages) return "the heap's pages are not found";
  const free = findFreeLayout(reading, pages, own.isolate);
  if (!free) return 'free memory cannot be told';
  return { next, reject, fulfill, target, builtin, requestPromise, generator, joins, resolve, noElements, pages, free };
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
