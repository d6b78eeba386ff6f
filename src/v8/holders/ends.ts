import { describeFunction } from '../calls.js';
import type { SharedFunction } from '../functions.js';
import { readKey, readProperty } from '../objects.js';
import type { Reading } from '../reading.js';
import { readTimerFields } from '../timer-fields.js';
import { type Cursor, type Found, RANK } from './cursor.js';
import { joinPath } from './labels.js';
import { findMadeRequest, isOfRequests, type MadeRequests, nameScript } from './made-requests.js';
import type { Settler } from './settler.js';

const TIMERS = 'node:internal/timers';
const EVENT = /^\._events\.(\[?[^.[\]]+\]?)/;
/** Properties with a value of the program's own. */
const GIVEN = /^\.(opaque|context)\b/;
const ERROR_EVENTS = new Set(['error', 'close', 'end', 'abort', 'aborted']);

/** An instance of a class, and the path from it to the object that was come from. */
export interface Ended {
  readonly name: string;
  readonly path: string;
  readonly maker: SharedFunction | undefined;
}

/** The end of a way at an instance of a class: a timer, an event, or the property; undefined if it tells nothing. */
export function describeEnd(
  reading: Reading,
  pointer: number,
  { name, path, maker }: Ended,
  cursor: Cursor,
  made: MadeRequests,
): Found | undefined {
  const script = nameScript(reading, maker?.script ?? 0);
  if (script === TIMERS && (name === 'Timeout' || name === 'Immediate')) {
    if (/^\._idle(Prev|Next)/.test(path)) return undefined;
    const timer = readTimer(reading, pointer);
    const settler: Settler = {
      kind: 'timer',
      label: name,
      ...(timer ? { timer } : {}),
      ...callbackOf(reading, cursor),
    };
    return { settler, rank: timer && Number.isNaN(timer.at) ? RANK.pastTimer : RANK.timer };
  }
  if (script === TIMERS) return undefined;
  const request = findMadeRequest(reading, pointer, made);
  const requests = request === undefined ? {} : { requests: [request] };
  const event = EVENT.exec(path)?.[1];
  if (event !== undefined) {
    const peer = tellPeer(reading, pointer, name);
    return {
      settler: {
        kind: 'event',
        label: `'${event}' of ${name}${peer}`,
        ...callbackOf(reading, cursor),
        ...requests,
      },
      rank: ERROR_EVENTS.has(event) ? RANK.errorEvent : RANK.event,
    };
  }
  return {
    settler: {
      kind: 'object',
      label: joinPath(name, path),
      ...sizeOfCursor(cursor),
      ...callbackOf(reading, cursor),
      ...requests,
    },
    rank: script === '' || script.startsWith('node:') ? RANK.internal : RANK.object,
    // A request does not settle the things that a program gives it to keep.
    ...(isOfRequests(script) && !GIVEN.test(path) ? beyond(pointer, made) : {}),
  };
}

/** Undefined if it has none of a timer's fields, as an Immediate. */
function readTimer(reading: Reading, pointer: number): Settler['timer'] {
  const fields = readTimerFields(reading, pointer);
  if (!fields) return undefined;
  const { ms, start, isDestroyed } = fields;
  return { ms, at: isDestroyed === true || ms < 0 ? Number.NaN : start + ms };
}

/** ` db:5432`: the other side of a connection of our own. */
function tellPeer(reading: Reading, pointer: number, name: string): string {
  if (!/^(TLS)?Socket$|^ClientRequest$/.test(name)) return '';
  const host = readKey(reading, readProperty(reading, pointer, name === 'ClientRequest' ? 'host' : '_host'));
  return host ? ` to ${host}` : '';
}

export function sizeOfCursor({ of }: Cursor): { readonly of?: number } {
  return of === undefined ? {} : { of };
}

export function callbackOf(reading: Reading, { callback }: Cursor): Pick<Settler, 'callback'> {
  const called = callback === undefined ? undefined : describeFunction(reading, callback);
  return called ? { callback: called } : {};
}

/** The way goes on to a request, if one is in flight. */
export function beyond(at: number, made: MadeRequests): Pick<Found, 'beyond'> {
  return made.size === 0 ? {} : { beyond: { at, path: '', way: 'request' } };
}
