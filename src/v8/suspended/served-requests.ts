import { AsyncLocalStorage } from 'node:async_hooks';
import { REQUEST_STORE } from '../../request-marks.js';
import { Attempts } from '../attempts.js';
import { readElement, readField, readLength, toSmi, typeOf } from '../heap.js';
import type { Budget } from '../memory.js';
import { isArrayLike, isReceiver, readProperty } from '../objects.js';
import type { Reading } from '../reading.js';
import { SLOT, type SuspendedLayout } from './layout.js';
import { type OwnThread, withAddresses } from './own-objects.js';
import { createObjectSearch } from './request-objects.js';

/**
 * The number of the served request that a suspended function belongs to, as main counts them; 0 if it is not known.
 * @param address of the function
 * @param reaction by which it waits
 */
export type FindRequest = (address: number, reaction: number) => number;

/** Elements of a table of async contexts: a program has some stores, not hundreds. */
const MAX_TABLE = 400;
/** PromiseReaction. */
const FIRST_FIELD = 8;

/** Finds requests of HTTP/1 servers, if it has proved itself. */
export function createRequestFinder(
  reading: Reading,
  layout: SuspendedLayout,
  own: () => OwnThread,
): () => FindRequest {
  let isProved = false;
  const attempts = new Attempts();
  return () => {
    isProved ||= attempts.take() && proves(reading, layout, own());
    return isProved ? startFinder(reading, layout) : () => 0;
  };
}

/** For one walk: it remembers addresses, and a collection moves objects. */
function startFinder(reading: Reading, layout: SuspendedLayout): FindRequest {
  const byFrame = new Map<number, number>();
  const findByObjects = createObjectSearch(reading, layout);
  const isV8s = keepsContexts(layout);
  return (address, reaction) => {
    if (reading.memory.isSpent()) return 0;
    return isV8s ? findByContext(reading, layout, reaction, byFrame) : findByObjects(address);
  };
}

/** Whether Node keeps async contexts there, in all threads alike: then main's store is right, and nothing else. */
function keepsContexts({ next }: SuspendedLayout): boolean {
  return next > FIRST_FIELD && !('enabled' in new AsyncLocalStorage());
}

/**
 * Where V8 keeps async contexts (Node 24 on), each reaction has the one in which its function awaits: a Map from stores to
 * their values, of which one is main's own.
 */
function findByContext(
  reading: Reading,
  { next }: SuspendedLayout,
  reaction: number,
  byFrame: Map<number, number>,
): number {
  const { objects, promises } = reading.layout;
  // promise.tq: the context is in front of the next reaction, where V8 is built with it.
  const frame = next > FIRST_FIELD ? readField(reading, reaction, next - 8) : 0;
  if (typeOf(reading, frame) !== objects.map) return 0;
  let request = byFrame.get(frame);
  if (request === undefined) {
    request = readStore(reading, readField(reading, frame, promises.elements + 8));
    byFrame.set(frame, request);
  }
  return request;
}

/** The value of main's store in a table of keys and values. */
function readStore(reading: Reading, table: number): number {
  const length = isArrayLike(reading, typeOf(reading, table)) ? readLength(reading, table) : 0;
  for (let index = 0; index + 1 < Math.min(length, MAX_TABLE); index += 1) {
    const value = toSmi(readElement(reading, table, index + 1));
    const key = readElement(reading, table, index);
    if (!(value > 0) || !isReceiver(reading, typeOf(reading, key))) continue;
    if (!Number.isNaN(readProperty(reading, key, REQUEST_STORE))) return value;
  }
  return 0;
}

const OWN_NUMBER = 1_987_654;
const TEST: Budget = { bytes: 64 * 1024 ** 2, ms: 500 };
/** Our own collections may move what is looked at. */
const TRIES = 3;

/** Whether a function of our own is found to belong to a request of our own: by its argument, and by its async context. */
function proves(reading: Reading, layout: SuspendedLayout, own: OwnThread): boolean {
  const never = new Promise(() => {});
  const store = Object.assign(new AsyncLocalStorage<number>(), { [REQUEST_STORE]: true });
  const isV8s = keepsContexts(layout);
  const request = makeRequest();
  async function gmrServe(_: object): Promise<void> {
    await never;
  }
  const wait = () => void gmrServe({ raw: request });
  if (isV8s) store.run(OWN_NUMBER, wait);
  else wait();
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    reading.memory.begin(TEST);
    const isRight = withAddresses(reading, own, [never, request], (addresses) => {
      reading.memory.refresh();
      const [promise = 0] = addresses();
      const reaction = readField(reading, promise, reading.layout.promises.reactions);
      const closure = readField(reading, reaction, layout.fulfill);
      const address = readElement(reading, readField(reading, closure, reading.layout.promises.functionContext), SLOT);
      return (
        createObjectSearch(reading, layout)(address) === OWN_NUMBER + 1 &&
        findByContext(reading, layout, reaction, new Map()) === (isV8s ? OWN_NUMBER : 0)
      );
    });
    if (isRight) return true;
  }
  return false;
}

/** As Node's and main's objects refer to each other. */
function makeRequest(): object {
  const socket = new (class {
    _httpMessage: object | undefined;
    readonly #mark = { id: OWN_NUMBER + 1, pipelined: undefined };
    hasMark(): boolean {
      return this.#mark !== undefined;
    }
  })();
  const request = { socket };
  socket._httpMessage = { req: request };
  return request;
}
