import { isContext, isFunction, readElement, readField, readLength, readSmi, toSmi, typeOf } from '../heap.js';
import { describeProperties, isReceiver, readKey, readProperty } from '../objects.js';
import type { Reading } from '../reading.js';
import { readScopeInfo } from '../scope-info.js';
import { SLOT, type SuspendedLayout } from './layout.js';

/** Steps from an argument or a variable to a request: `ctx.req`, `c.env.incoming`. */
const MAX_STEPS = 3;
/** Objects that are looked at for one function. */
const MAX_OBJECTS = 60;
const MAX_REGISTERS = 200;
const MAX_CONTEXTS = 4;
const MAX_SLOTS = 30;
/** Promises from a function's own to the last of its `.then(…)`, and functions that one of them calls. */
const MAX_THENS = 4;
const MAX_REACTIONS = 10;
/** The properties by which frameworks lead to Node's own request or response. */
const LEADS =
  /^\[?#?_?(req|request|raw|rawReq|rawRequest|res|response|incoming|incomingKey|outgoing|node|nodeReq|env|ctx|context|event|originalRequest|httpRequest|reply)\]?$/;

/** Properties of all objects of a Map: those that may lead to a request, and those of Node's own objects. */
interface Plan {
  readonly leads: readonly Place[];
  readonly socket?: Place;
  readonly response?: Place;
  readonly request?: Place;
  readonly marks: readonly Place[];
}

interface Place {
  readonly offset?: number;
  readonly index?: number;
}

/**
 * Finds the request that a function has at hand: among its arguments and variables, and the variables of the functions around
 * it; else among those of the functions that are called when it has ended (`handle(…).then(…)`). Its `this` may be an object that
 * serves many. Of several requests none is its own.
 */
export function createObjectSearch(reading: Reading, layout: SuspendedLayout): (suspended: number) => number {
  const plans = new Map<number, Plan>();
  return (suspended) => {
    const own = search(reading, listRoots(reading, suspended), plans);
    if (own.size > 0) return only(own);
    const outcome = readField(reading, suspended, reading.layout.promises.outcome);
    const contexts = listThens(reading, layout, outcome).map((closure) =>
      readField(reading, closure, reading.layout.promises.functionContext),
    );
    return only(new Set(contexts.flatMap((context) => [...search(reading, listVariables(reading, context), plans)])));
  };
}

function only(requests: ReadonlySet<number>): number {
  const [request = 0] = requests;
  return requests.size === 1 ? request : 0;
}

function search(reading: Reading, roots: readonly number[], plans: Map<number, Plan>): ReadonlySet<number> {
  const found = new Set<number>();
  let open = roots;
  const seen = new Set<number>();
  for (let step = 0; step <= MAX_STEPS && open.length > 0; step += 1) {
    const next: number[] = [];
    for (const object of open) {
      if (seen.has(object) || seen.size >= MAX_OBJECTS) continue;
      if (!isReceiver(reading, typeOf(reading, object))) continue;
      seen.add(object);
      const plan = planOf(reading, object, plans);
      const request = readRequest(reading, object, plan, plans);
      if (request !== 0) found.add(request);
      next.push(...plan.leads.map((place) => readPlace(reading, object, place)));
    }
    open = next;
  }
  return found;
}

function listRoots(reading: Reading, suspended: number): readonly number[] {
  const { promises, types } = reading.layout;
  const registers = readField(reading, suspended, promises.registers);
  const count = typeOf(reading, registers) === types.fixedArray ? readLength(reading, registers) : 0;
  const values = Array.from({ length: Math.min(count, MAX_REGISTERS) }, (_, index) =>
    readElement(reading, registers, index),
  );
  const variables = listVariables(reading, readField(reading, suspended, promises.context));
  const receiver = readField(reading, suspended, promises.receiver);
  return [...values, ...variables].filter((value) => value !== receiver);
}

/** The variables of a scope and of those around it; those of a whole module belong to no request. */
function listVariables(reading: Reading, innermost: number): readonly number[] {
  const found: number[] = [];
  let context = innermost;
  for (let depth = 0; depth < MAX_CONTEXTS && isContext(reading, context); depth += 1) {
    if (!(readScopeInfo(reading, readElement(reading, context, 0)).start > 0)) break;
    const slots = Math.min(readLength(reading, context), MAX_SLOTS);
    for (let slot = SLOT; slot < slots; slot += 1) found.push(readElement(reading, context, slot));
    context = readElement(reading, context, 1);
  }
  return found;
}

/** Functions of the program that are called when a promise is settled, or one that follows from it. */
function listThens(reading: Reading, layout: SuspendedLayout, promise: number): readonly number[] {
  const { promises, functions } = reading.layout;
  const found = new Set<number>();
  let open = [promise];
  for (let depth = 0; depth < MAX_THENS && open.length > 0; depth += 1) {
    const next: number[] = [];
    for (const one of open) {
      if (typeOf(reading, one) !== promises.promise) continue;
      let reaction = readField(reading, one, promises.reactions);
      for (let count = 0; count < MAX_REACTIONS && typeOf(reading, reaction) === promises.reaction; count += 1) {
        for (const offset of [layout.fulfill, layout.reject]) {
          const closure = readField(reading, reaction, offset);
          if (!isFunction(reading, closure)) continue;
          const isBuiltin = readSmi(reading, readField(reading, closure, functions.shared), layout.builtin) > 0;
          if (!isBuiltin) found.add(closure);
        }
        const target = readField(reading, reaction, layout.target);
        const isCapability = typeOf(reading, target) === promises.capability;
        next.push(isCapability ? readField(reading, target, promises.capabilityPromise) : target);
        reaction = readField(reading, reaction, layout.next);
      }
    }
    open = next;
  }
  return [...found];
}

/** The number that main has put on the socket, if this object is the request, or the response, that the socket is busy with. */
function readRequest(reading: Reading, object: number, plan: Plan, plans: Map<number, Plan>): number {
  if (!plan.socket) return 0;
  const socket = readPlace(reading, object, plan.socket);
  if (!isReceiver(reading, typeOf(reading, socket))) return 0;
  const socketPlan = planOf(reading, socket, plans);
  if (!socketPlan.response) return 0;
  const response = readPlace(reading, socket, socketPlan.response);
  if (!isReceiver(reading, typeOf(reading, response))) return 0;
  const { request } = planOf(reading, response, plans);
  if (response !== object && (!request || readPlace(reading, response, request) !== object)) return 0;
  for (const mark of socketPlan.marks) {
    const connection = readPlace(reading, socket, mark);
    const id = toSmi(readProperty(reading, connection, 'id'));
    const pipelined = readProperty(reading, connection, 'pipelined');
    const { oddball } = reading.layout.objects;
    // Of requests that wait behind each other on one connection the number is not this one's.
    if (id > 0 && typeOf(reading, pipelined) === oddball) return id;
  }
  return 0;
}

function planOf(reading: Reading, object: number, plans: Map<number, Plan>): Plan {
  const map = readField(reading, object, 0);
  const known = plans.get(map);
  if (known) return known;
  const leads: Place[] = [];
  const marks: Place[] = [];
  const own: { socket?: Place; response?: Place; request?: Place } = {};
  for (const { key, ...place } of describeProperties(reading, map)) {
    const name = readKey(reading, key) ?? '';
    if (name === 'socket') own.socket = place;
    else if (name === '_httpMessage') own.response = place;
    // A private field: a bundler may have given it another name.
    else if (name.startsWith('[#')) marks.push(place);
    if (name === 'req') own.request = place;
    if (LEADS.test(name)) leads.push(place);
  }
  const plan = { leads, marks, ...own };
  plans.set(map, plan);
  return plan;
}

function readPlace(reading: Reading, object: number, { offset, index = 0 }: Place): number {
  return offset === undefined
    ? readElement(reading, readField(reading, object, 8), index)
    : readField(reading, object, offset);
}
