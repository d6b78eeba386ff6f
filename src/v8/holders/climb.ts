import type { Reading } from '../reading.js';
import type { Steps } from '../steps.js';
import { followReferrer } from './ascent.js';
import { type Cursor, type Found, RANK } from './cursor.js';
import type { MadeRequests } from './made-requests.js';
import type { ReferenceSearch } from './references.js';
import type { Settler } from './settler.js';

/** Levels of references from a promise to the thing that would settle it: a listener of `events.once` is seven away. */
const MAX_LEVELS = 14;
/** From an object of a stream's own to the request whose answer the stream is. */
const SEEKING_LEVELS = 16;
/** From an object that a library has made for a request to that request. */
const REQUEST_LEVELS = 4;
/** From a listener to the one that `once` makes of it. */
const ONCE_LEVELS = 5;
/** Objects of one level: more are a structure that everything is in. */
const MAX_OPEN = 200;

/** A reference: at `offset` in an object is a pointer to another one. */
export interface Link {
  readonly pointer: number;
  readonly offset: number;
  readonly to: number;
}

/** `resolve` or `reject` of a promise. */
export interface Closure {
  readonly pointer: number;
  readonly isResolve: boolean;
  /** From it to the promise. */
  readonly links: readonly Link[];
}

/** The way of one promise, from its `resolve` and `reject` to the objects that refer to them, a level at a time. */
export interface Climb {
  /** Nothing is left to look at, or enough is known. */
  isOver(): boolean;
  /** A way was left before its end. */
  isCut(): boolean;
  /** The objects whose referrers it needs next. */
  targets(): readonly number[];
  /** One level further up, when they were searched for. */
  advance(search: ReferenceSearch): void;
  /** The most telling end of a way on which each reference is still there; if a rank is given, of that one alone. */
  best(rank?: number): Settler | undefined;
}

interface Open {
  readonly cursor: Cursor;
  readonly isResolve: boolean;
  /** It came through a callback of another promise. */
  readonly isThrough: boolean;
  /** By which it came here: objects may move meanwhile, and others be where they were. */
  readonly links: readonly Link[];
}

interface End extends Found {
  readonly isResolve: boolean;
  readonly depth: number;
  readonly links: readonly Link[];
}

/** `own`: contexts of V8's own functions, which refer to the promises. */
export function startClimb(
  reading: Reading,
  closures: readonly Closure[],
  own: ReadonlyMap<number, number>,
  made: MadeRequests,
  maxLevels = MAX_LEVELS,
): Climb {
  const ends: End[] = [];
  const seen = new Set<string>();
  let depth = 0;
  let isCut = false;
  let open: readonly Open[] = closures
    .map(({ pointer, isResolve, links }) => ({ cursor: { at: pointer, path: '' }, isResolve, isThrough: false, links }))
    // The first way to an object is the one that counts.
    .sort((one, other) => Number(other.isResolve) - Number(one.isResolve));
  const best = () => ends.sort(compareEnds)[0];
  const step = (from: Open, search: ReferenceSearch): Open[] =>
    search.referrersOf(from.cursor.at).flatMap((one) => {
      const followed = own.has(one.pointer) ? undefined : followReferrer(reading, from.cursor, one, made);
      // An object that could not be read tells nothing.
      if (!followed || reading.memory.isSpent()) return [];
      const links = [...from.links, { pointer: one.pointer, offset: one.offset, to: from.cursor.at }];
      if ('settler' in followed)
        ends.push({ ...followed, rank: rankOf(followed, from), isResolve: from.isResolve, depth, links });
      const cursor = 'settler' in followed ? followed.beyond : followed;
      if (!cursor) return [];
      const key = `${cursor.at} ${cursor.path} ${cursor.index ?? ''} ${cursor.way ?? ''}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const isThrough = from.isThrough || cursor.way === 'reaction';
      return [{ cursor, isResolve: from.isResolve, isThrough, links }];
    });
  return {
    isOver() {
      const found = best();
      const seeks = open.some(({ cursor }) => cursor.way === 'request');
      if (depth >= maxLevels + (seeks ? SEEKING_LEVELS : 0)) return true;
      if (open.length === 0 || !found?.isResolve) return open.length === 0;
      // An event of an error or an end is told if there is no other: that of a listener by `once` is some levels further away.
      const more = found.rank === RANK.errorEvent ? ONCE_LEVELS : seeks ? REQUEST_LEVELS : 1;
      return found.rank <= RANK.event || (found.rank <= RANK.object && found.depth < depth - more);
    },
    isCut: () => isCut || open.length > 0,
    targets: () => open.map(({ cursor }) => cursor.at),
    advance(search) {
      if (open.some(({ cursor }) => search.hasUnknownReferrer(cursor.at))) isCut = true;
      const next = open.flatMap((one) => step(one, search));
      if (next.length > MAX_OPEN) isCut = true;
      open = next.slice(0, MAX_OPEN);
      depth += 1;
    },
    best: (rank) =>
      ends.sort(compareEnds).find((one) => (rank === undefined || one.rank === rank) && isThere(reading, one.links))
        ?.settler,
  };
}

/** Goes up all of them, level by level; false if not all of the heap could be read. `searched`: targets that were searched for. */
export function* climbAll(
  search: ReferenceSearch,
  climbs: readonly Climb[],
  searched: ReadonlySet<number>,
): Steps<boolean> {
  const known = new Set(searched);
  let isWhole = true;
  for (;;) {
    const open = climbs.filter((climb) => !climb.isOver());
    if (open.length === 0) return isWhole;
    const targets = new Set(open.flatMap((climb) => climb.targets()).filter((target) => !known.has(target)));
    if (targets.size > 0 && !(yield* search.search(targets))) isWhole = false;
    for (const target of targets) known.add(target);
    for (const climb of open) {
      climb.advance(search);
      yield;
    }
  }
}

/** Behind another promise a thing tells less than one that has `resolve` itself, and more than the promise does. */
function rankOf({ rank }: Found, { isThrough }: Open): number {
  return isThrough ? RANK.promise - (RANK.promise - RANK.object) / (1 + rank) : rank;
}

function isThere({ memory }: Reading, links: readonly Link[]): boolean {
  return links.every(({ pointer, offset, to }) => memory.freshWord(pointer - 1 + offset) === to);
}

function compareEnds(one: End, other: End): number {
  return Number(other.isResolve) - Number(one.isResolve) || one.rank - other.rank || one.depth - other.depth;
}
