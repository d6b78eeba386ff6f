import { type Call, describeFunction } from '../calls.js';
import { readFunction, type SharedFunction } from '../functions.js';
import { isFunction, readElement, readField, typeOf } from '../heap.js';
import type { Budget } from '../memory.js';
import { isReceiver, readBoolean, readConstructor, readNumber, readProperty } from '../objects.js';
import type { Reading } from '../reading.js';
import { readString } from '../strings.js';
import type { SuspendedLayout } from '../suspended/layout.js';
import { listUsed, lookAtPages } from '../suspended/look.js';
import { readTimerFields, type TimerFields } from '../timer-fields.js';
import { findInstances } from './instances.js';

/** The timers and servers that keep an event loop alive, and the functions that they call. */
export interface Handles<Place = Call> {
  readonly timers: readonly ActiveTimer<Place>[];
  readonly servers: readonly ListeningServer<Place>[];
  /** Every page was read in time, and nothing was left out. */
  readonly isWhole: boolean;
}

export interface ActiveTimer<Place = Call> {
  readonly ms: number;
  /** By `setInterval`. */
  readonly repeats: boolean;
  /** False after `unref()`: it does not keep the process alive. */
  readonly isRef: boolean;
  /** When it is due, in milliseconds of its thread's clock of timers. */
  readonly at: number;
  readonly callback?: Place;
}

export interface ListeningServer<Place = Call> {
  /** `Server`, `Http2Server`, … */
  readonly name: string;
  /** As Node keeps it: `4:127.0.0.1:3000`, `6::::3000`, `-1:/run/app.sock:-1`. */
  readonly key: string;
  /** Its listener of `request`, else of `connection`. */
  readonly handler?: Place;
}

const BUDGET: Budget = { bytes: 16 * 1024 ** 3, ms: 1000 };
const TIMERS = 'node:internal/timers';
const SERVERS = new Set(['Server', 'Http2Server', 'Http2SecureServer']);
const NO_TIMER: TimerFields = { ms: Number.NaN, start: Number.NaN, isDestroyed: undefined };
/** A path of a socket has up to 107 bytes. */
const MAX_KEY = 200;
const BOUND_TARGETS = [24, 32];

/** Reads the heap of an isolate twice: some 1.5 ms of CPU time a MB. */
export function readHandles(reading: Reading, layout: SuspendedLayout, isolate: number): Handles {
  reading.memory.begin(BUDGET);
  reading.scripts.begin();
  const look = lookAtPages(reading, layout, isolate);
  // None of them is large.
  const pages = listUsed(look).filter(({ ifLarge }) => !ifLarge);
  const kinds = new Map<number, 'timer' | 'server' | undefined>();
  const kindOf = (maker: number) => {
    if (!kinds.has(maker)) kinds.set(maker, readKind(reading, readFunction(reading, maker)));
    return kinds.get(maker);
  };
  const { instances, isWhole } = findInstances(
    reading,
    { pages, gaps: look.gaps },
    (maker) => kindOf(maker) !== undefined,
  );
  // Their pages may have been looked at before they were there.
  reading.memory.refresh();
  const handles: Omit<Handles, 'isWhole'> = {
    timers: instances.flatMap(({ pointer, maker }) =>
      kindOf(maker) === 'timer' ? (readTimer(reading, pointer) ?? []) : [],
    ),
    servers: instances.flatMap(({ pointer, maker }) =>
      kindOf(maker) === 'server' ? (readServer(reading, pointer) ?? []) : [],
    ),
  };
  const isRead = isWhole && look.isWhole && !reading.memory.isSpent();
  reading.memory.refresh();
  return { ...handles, isWhole: isRead };
}

function readKind(reading: Reading, maker: SharedFunction | undefined): 'timer' | 'server' | undefined {
  if (!maker?.name || maker.script === 0) return undefined;
  const script = reading.scripts.read(maker.script)?.name ?? '';
  if (maker.name === 'Timeout' && script === TIMERS) return 'timer';
  return SERVERS.has(maker.name) && script.startsWith('node:') ? 'server' : undefined;
}

/** Undefined if it is not active: a list of Node's has those that are. */
function readTimer(reading: Reading, pointer: number): ActiveTimer | undefined {
  const get = (name: string) => readProperty(reading, pointer, name);
  const { ms, start, isDestroyed } = readTimerFields(reading, pointer) ?? NO_TIMER;
  const callback = get('_onTimeout');
  const before = get('_idlePrev');
  const isLinked =
    isReceiver(reading, typeOf(reading, before)) && readProperty(reading, before, '_idleNext') === pointer;
  if (!(ms >= 0 && start >= 0) || !isLinked || isDestroyed !== false) return undefined;
  return {
    ms,
    repeats: readNumber(reading, get('_repeat')) > 0,
    isRef: readBoolean(reading, get('[refed]')) !== false,
    at: start + ms,
    ...placeOf(reading, callback, 'callback'),
  };
}

function readServer(reading: Reading, pointer: number): ListeningServer | undefined {
  const handle = readProperty(reading, pointer, '_handle');
  const key = readString(reading, readProperty(reading, pointer, '_connectionKey'), MAX_KEY);
  if (!isReceiver(reading, typeOf(reading, handle)) || key === undefined) return undefined;
  const events = readProperty(reading, pointer, '_events');
  const listener = (name: string) => firstFunction(reading, readProperty(reading, events, name));
  const handler = [listener('request'), listener('stream'), listener('connection')].find((word) => word !== 0) ?? 0;
  const name = readConstructor(reading, readField(reading, pointer, 0))?.name || 'Server';
  return { name, key, ...placeOf(reading, handler, 'handler') };
}

/** One listener, or the first of several. */
function firstFunction(reading: Reading, word: number): number {
  if (isFunction(reading, word)) return word;
  if (typeOf(reading, word) !== reading.layout.objects.array) return 0;
  const first = readElement(reading, readField(reading, word, reading.layout.promises.elements), 0);
  return isFunction(reading, first) ? first : 0;
}

function placeOf<Name extends 'callback' | 'handler'>(
  reading: Reading,
  word: number,
  name: Name,
): { readonly [name in Name]?: Call } {
  const target =
    typeOf(reading, word) === reading.layout.objects.boundFunction
      ? BOUND_TARGETS.map((offset) => readField(reading, word, offset)).find((one) => isFunction(reading, one))
      : word;
  const called = target === undefined || !isFunction(reading, target) ? undefined : describeFunction(reading, target);
  return called ? ({ [name]: called } as { readonly [name in Name]?: Call }) : {};
}
