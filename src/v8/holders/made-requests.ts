import { MADE_REQUEST } from '../../request-marks.js';
import { readFunction } from '../functions.js';
import { isContext, isFunction, readField, toSmi, typeOf } from '../heap.js';
import { isArrayLike, isReceiver, listProperties, readConstructor, readKey, readProperty } from '../objects.js';
import type { Reading } from '../reading.js';
import { readString } from '../strings.js';
import { type Cursor, type Found, RANK } from './cursor.js';
import type { Referrer } from './references.js';

/** The numbers of the requests in flight that the thread has made. */
export type MadeRequests = ReadonlySet<number>;

/** Properties that lead to a request of Node's: of its answer, of its connection, and of a request of a library. */
const LEADS = ['req', '_httpMessage', '_currentRequest', '_request'];
const UNDICI = /^node:internal\/deps\/undici\/|[\\/]undici[\\/]lib[\\/]/;
const STREAMS = /^node:internal\/webstreams\//;
const PLAIN = /^(Object|Array)$/;
/** Classes of undici and of its streams, of which each request has objects of its own. */
const WAYS = /^(Fetch|FetchParams|BodyReadable|\w*Handler|DefaultReadRequest|Queue|Readable(Byte)?Stream\w*)$/;
const MAX_HOST = 300;

/** The number of the request that an object is, or belongs to; undefined if it is none of those. */
export function findMadeRequest(reading: Reading, pointer: number, made: MadeRequests): number | undefined {
  if (made.size === 0) return undefined;
  const own = readNumber(reading, pointer);
  const numbers = own > 0 ? [own] : LEADS.map((name) => readNumber(reading, readProperty(reading, pointer, name)));
  return numbers.find((number) => made.has(number));
}

/** That main has put on it; 0 for any other object. */
function readNumber(reading: Reading, object: number): number {
  if (!isReceiver(reading, typeOf(reading, object))) return 0;
  for (const { key, value } of listProperties(reading, object)) {
    // A private field: a bundler may have given it another name.
    const number = readKey(reading, key)?.startsWith('[#') ? toSmi(readProperty(reading, value, MADE_REQUEST)) : 0;
    if (number > 0) return number;
  }
  return 0;
}

/**
 * One step upwards within undici, which `fetch` is: it keeps the functions of a promise in a variable or in a stream. From there only its own
 * functions lead to the request.
 */
export function seekRequest(
  reading: Reading,
  { pointer, type, offset }: Referrer,
  made: MadeRequests,
): Cursor | Found | undefined {
  const { promises, objects } = reading.layout;
  const up: Cursor = { at: pointer, path: '', way: 'request' };
  // A settled promise refers to its value, which is no way.
  if (type === promises.promise) return offset === promises.reactions ? up : undefined;
  if (type === promises.reaction || type === objects.propertyArray) return up;
  if (isContext(reading, pointer) || isArrayLike(reading, type)) return up;
  if (isFunction(reading, pointer))
    return offset === promises.functionContext && isOwn(reading, pointer) ? up : undefined;
  if (type === promises.asyncFunction)
    return isOwn(reading, readField(reading, pointer, promises.function)) ? up : undefined;
  if (!isReceiver(reading, type)) return undefined;
  const maker = readConstructor(reading, readField(reading, pointer, 0));
  if (PLAIN.test(maker?.name ?? '')) return up;
  if (!maker || !isOfRequests(nameScript(reading, maker.script))) return undefined;
  const number = readNumber(reading, pointer);
  if (made.has(number)) return toFound(reading, pointer, number);
  return WAYS.test(maker.name ?? '') ? up : undefined;
}

/** Whether classes of a script belong to undici, or are its streams. */
export function isOfRequests(script: string): boolean {
  return UNDICI.test(script) || STREAMS.test(script);
}

/** Empty for V8's own, and for one that is not found. */
export function nameScript(reading: Reading, script: number): string {
  return script === 0 ? '' : (reading.scripts.read(script)?.name ?? '');
}

/** Whether a function is undici's, or V8's own, as those are that go on after an `await`. */
function isOwn(reading: Reading, pointer: number): boolean {
  const script = readFunction(reading, pointer)?.script;
  return script === 0 || (script !== undefined && UNDICI.test(nameScript(reading, script)));
}

function toFound(reading: Reading, pointer: number, number: number): Found {
  const origin = readString(reading, readProperty(reading, pointer, 'origin'), MAX_HOST) ?? '';
  const host = /^[a-z]+:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/.exec(origin)?.[1] ?? '';
  return {
    settler: { kind: 'request', label: host === '' ? '' : `to ${host}`, requests: [number] },
    rank: RANK.request,
  };
}
